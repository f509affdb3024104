import { datasetIds } from '@vitrine/datasets'
import { modelIds, openModel, parametersOf } from '@vitrine/models'
import { percent, plural } from '../../shared/format.ts'
import type { Board } from '../boards/boards.ts'
import { slug } from '../boards/slug.ts'
import type { Entry } from '../load/records.ts'

/** Pages that say what a model and a dataset are, below the site's root. */
export const modelCard = (id: string): string => `models/${slug(id)}.html`
export const datasetCard = (id: string): string => `datasets/${slug(id)}.html`

/** What a board of nothing but bundled toys must say of itself; empty for others. */
export const toyWords = ({ entries: [first] }: Pick<Board, 'entries'>): string =>
  first && modelIds.includes(first.model.id) && datasetIds.includes(first.dataset.id)
    ? 'One small model on synthetic scenes: ranks need not hold elsewhere.'
    : ''

export type Fact = readonly [name: string, value: string]

/** How a bundled model's own measurements are called. */
const accuracyNames: Readonly<Record<string, string>> = {
  scenes: 'Scenes it was tested on',
  trained_families_top1: 'Right in scenes of the styles it learned',
  unseen_families_top1: 'Right in scenes of styles it has never seen',
  two_objects_top1_is_one_of_both: 'First guess is one of two objects',
  two_objects_top2_is_both: 'First two guesses are the two objects',
}

/** What is known of a model: from its records, and from the bundled model of the same weights. */
export async function modelFacts(model: Entry['model']): Promise<Fact[]> {
  const details = model.details ?? {}
  const number = (name: string) => (typeof details[name] === 'number' ? String(details[name]) : '')
  const size = (name: string) => {
    const { width, height } = (details[name] ?? {}) as { width?: unknown; height?: unknown }
    return typeof width === 'number' && typeof height === 'number' ? `${width} x ${height}` : ''
  }
  const grid = (details.grid ?? {}) as { rows?: unknown; columns?: unknown }
  const facts: Fact[] = [
    ['Input', size('imageSize') && `${size('imageSize')} pixels`],
    ['Patches', size('patchSize') && `${size('patchSize')} pixels; ${grid.rows} x ${grid.columns} of them`],
    ['Blocks', number('depth')],
    ['Heads', number('heads')],
    ['Width', number('width')],
    ['Classes', String(model.classes)],
    ['Weights, SHA-256', model.hash],
  ]
  return [...facts.filter(([, value]) => value !== ''), ...(await ownFacts(model))]
}

async function ownFacts({ id, hash }: Entry['model']): Promise<Fact[]> {
  if (!modelIds.includes(id)) return []
  const model = await openModel(id)
  if (model.hash !== hash) return []
  const weights = parametersOf(model.transformer).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  return [
    ['Numbers in its weights', `${(weights / 1e6).toFixed(1)} million`],
    ...Object.entries(model.accuracy ?? {}).map(
      ([name, value]): Fact => [accuracyNames[name] ?? name, value <= 1 ? percentOf(value) : String(value)],
    ),
  ]
}

const percentOf = (share: number): string => `${(100 * share).toFixed(1)} %`

/** How many of the images that a site shows a model gets right, by dataset. */
export function rightOn(boards: readonly Board[]): Fact[] {
  const found = new Map<string, Fact>()
  for (const { setting, images } of boards) {
    const right = images.label.filter((label, i) => label === images.predicted[i]).length
    const all = images.label.length
    found.set(setting.dataset, [
      `Right on ${setting.dataset}`,
      `${right} of ${plural(all, 'image')}${all > 0 ? `, ${percent(right / all)}` : ''}`,
    ])
  }
  return [...found.values()]
}
