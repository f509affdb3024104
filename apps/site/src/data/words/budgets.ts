import type { Entry } from '../load/records.ts'

/** What one unit of a method's budget is, by option; `passes` of a method that spends them on something with a name of its own. */
const units: Readonly<Record<string, string>> = {
  passes: 'passes',
  steps: 'steps',
  samples: 'samples',
  designs: 'designs',
}
const passesOf: Readonly<Record<string, string>> = {
  rise: 'masks',
  'score-cam': 'channels',
  lime: 'samples',
  'kernel-shap': 'samples',
  tis: 'subsets of tokens',
}

/**
 * How much a method was given, as it stands behind its name: `64 masks`. Papers often give more, and quality grows with it. Empty for a
 * method without a budget.
 */
export function budgetOf({ method, model }: Pick<Entry, 'method' | 'model'>): string {
  return Object.entries(units)
    .flatMap(([option, unit]) => {
      const amount = method.options[option]
      if (typeof amount !== 'number') return []
      const width = model.details?.width
      const all = method.id === 'score-cam' && typeof width === 'number' ? ` of ${width}` : ''
      return [`${amount}${all} ${(option === 'passes' && passesOf[method.id]) || unit}`]
    })
    .join(', ')
}

/** How much papers, or the authors' code where the paper does not say, give a method; by its id. */
const papers: Readonly<Record<string, string>> = {
  'blur-integrated-gradients': "100 steps, the default of the authors' code",
  attattr: '20 steps',
  'gradient-shap': "200 samples, the default of the authors' code",
  'integrated-gradients': '20 to 300 steps',
  'kernel-shap': "2,048 samples and two for each segment, the default of the authors' code",
  lime: "1,000 samples, the default of the authors' code",
  rise: '4,000 masks on VGG16 and 8,000 on ResNet50',
  'score-cam': 'every channel',
  smoothgrad: '50 samples',
  sobol: "32 designs, the default of the authors' code",
}

/** The budget of the paper beside that of the record; empty where it is not known. */
export const paperBudget = (id: string): string => papers[id] ?? ''

/**
 * Whether a record differs from the default of its method in its budget alone. Such rows are no methods of their own: they show how quality
 * grows with the budget.
 */
export function isOtherBudget({ method, row }: Pick<Entry, 'method' | 'row'>): boolean {
  const options = row.slice(method.id.length + 1, -1)
  return options !== '' && options.split(',').every(option => (option.split('=')[0] ?? '') in units)
}
