import { homedir } from 'node:os'
import { imageNetClassNames } from '@vitrine/datasets'
import { type Model, openModel as open } from '@vitrine/models'
import { showDownloads } from '../cli/downloads.ts'
import { tell } from '../cli/terminal.ts'
import { openRunners } from './runners.ts'

/**
 * Opens a model as `@vitrine/models` does, tells of downloads on stderr, and gives the names of ImageNet's classes to a model of 1,000
 * classes that has none: timm's checkpoints are such.
 *
 * @param headless whether a model without a head is opened, whose scores are the numbers of its embedding
 */
export async function openModel(
  spec: string,
  { headless = false }: { readonly headless?: boolean } = {},
): Promise<Model> {
  const stopShowing = showDownloads()
  const model = await open(withHome(spec), { runners: openRunners, headless }).finally(stopShowing)
  const { classes } = model.transformer
  if (model.hasClassNames || model.isHeadless || classes !== imageNetClassNames.length) return model
  const names = {
    what: 'class names',
    value: imageNetClassNames.slice(0, 2).join('; '),
    from: `assumed: those of ImageNet, for there are ${classes} classes`,
  }
  return {
    ...model,
    classNames: imageNetClassNames,
    hasClassNames: true,
    facts: model.facts.map(fact => (fact.what === names.what ? names : fact)),
  }
}

/** A shell leaves `~` as it is behind `=` and inside of brackets. */
const withHome = (spec: string): string =>
  spec.replace(/(^|=)~(?=\/|$)/g, (_, before: string) => `${before}${homedir()}`)

/** Tells on stderr what of a model was assumed and how to be sure of it. */
export function tellCautions({ id, cautions }: Pick<Model, 'id' | 'cautions'>): void {
  for (const caution of cautions) tell(`${id}: ${caution}`)
}
