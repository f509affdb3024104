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
