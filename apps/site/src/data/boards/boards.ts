import type { Target } from '@vitrine/metrics'
import { nearestThreshold } from '@vitrine/metrics'
import { engineOf, hashJson } from '@vitrine/records'
import { plural } from '../../shared/format.ts'
import { allMeasures, type Measure, measuresFor } from '../load/measures.ts'
import type { Entry } from '../load/records.ts'
import { isOtherBudget } from '../words/budgets.ts'
import { removalWord, ZERO } from '../words/removal.ts'
import { slug } from './slug.ts'

/** What must be equal for rows to be comparable. */
export interface Setting {
  readonly model: string
  readonly dataset: string
  readonly protocol: string
  /** What becomes of what the curves take away. */
  readonly removal: string
  readonly engine: string
}

export const settingKeys = [
  'model',
  'dataset',
  'protocol',
  'removal',
  'engine',
] as const satisfies readonly (keyof Setting)[]

/** The methods that were measured in one setting. */
export interface Board {
  /** Its page is `boards/${path}.html`. */
  readonly path: string
  readonly setting: Setting
  readonly entries: readonly Entry[]
  /** Methods of the board with other budgets: no rows, but what their pages show. */
  readonly budgets: readonly Entry[]
  /** Entries with numbers. */
  readonly done: readonly Entry[]
  readonly measures: readonly Measure[]
  readonly thresholds: readonly number[]
  /** Of the threshold that is shown first. */
  readonly at: number
  /** Hash of its records: another one is another board. */
  readonly numbers: string
  /** The images, the same for every row. */
  readonly images: Entry['images']
}

/**
 * Groups entries into boards. What was measured with other weights, data or code is on a board of its own, and the dataset's name says how
 * many images a board has where that is not always the same.
 */
export function boardsOf(entries: readonly Entry[]): Board[] {
  const groups = Map.groupBy(entries, e =>
    JSON.stringify([
      settingOf(e),
      e.model.hash,
      e.dataset.hash,
      e.dataset.images,
      e.dataset.slice,
      e.dataset.seed,
      e.protocol.choices,
      e.versions,
      e.thresholds,
      e.seed,
    ]),
  )
  const sizes = Map.groupBy(entries, datasetKey)
  const taken = new Map<string, number>()
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (!first) return []
    const whole = (sizes.get(datasetKey(first)) ?? []).every(e => e.dataset.images === first.dataset.images)
    const { dataset, ...rest } = settingOf(first)
    const setting = { ...rest, dataset: whole ? dataset : `${dataset}, ${plural(first.dataset.images, 'image')}` }
    const named = settingKeys.filter(key => key !== 'removal' || setting.removal !== ZERO)
    const plain = named.map(key => slug(setting[key].replaceAll(/[: ]+/g, '-'))).join('/')
    const twins = taken.get(plain) ?? 0
    taken.set(plain, twins + 1)
    const budgets = group.filter(e => isOtherBudget(e) && group.some(other => other.row === e.method.id))
    const rows = group.filter(e => !budgets.includes(e))
    const done = rows.filter(e => e.status === 'ok')
    return [
      {
        path: twins === 0 ? plain : `${plain}-${twins + 1}`,
        setting: twins === 0 ? setting : { ...setting, dataset: `${setting.dataset} (${twins + 1})` },
        entries: rows,
        budgets,
        done,
        measures: allMeasures(done),
        thresholds: first.thresholds,
        at: nearestThreshold(first.thresholds),
        numbers: numbersOf(group),
        images: (done[0] ?? first).images,
      },
    ]
  })
}

/** The hash by which a reader sees whether the numbers of some records have changed. */
export const numbersOf = (entries: readonly Pick<Entry, 'id'>[]): string =>
  hashJson(entries.map(({ id }) => id).sort()).slice(0, 12)

const datasetKey = ({ model, dataset }: Entry): string => JSON.stringify([model.id, dataset.id])

const settingOf = (entry: Entry): Setting => ({
  model: entry.model.id,
  dataset: entry.dataset.id,
  protocol: entry.protocol.id,
  removal: removalWord(entry),
  engine: engineOf(entry),
})

/** A board's protocol in words, with its removal where that is not the usual one. */
export const protocolWords = ({ setting }: Pick<Board, 'setting'>): string =>
  setting.removal === ZERO ? `${setting.protocol} protocol` : `${setting.protocol} protocol, ${setting.removal} removal`

/** The class whose explanations a board shows first. */
export const firstTarget = (board: Board): Target =>
  board.measures.some(m => m.target === 'predicted') ? 'predicted' : 'label'

/** The measures with which a board begins, those without a threshold first. */
const leading: readonly string[] = [
  ...['average-precision', 'iou@best', 'abpc', 'mass-difference', 'coupling'],
  ...['random-model-similarity', 'cascade-similarity', 'random-logit', 'max-sensitivity'],
]

/** Columns that are shown first where none of these is measured. */
const FIRST = 5

/** What a measure is called in links: its metric, whatever class is explained. */
export const shortKey = ({ key }: { readonly key: string }): string => key.split('.').at(-1) ?? key

/** The columns of a board's first class: the leading ones, then the others in the order of the metric table. */
export function firstMeasures(board: Board): Measure[] {
  const measures = measuresFor(board.measures, firstTarget(board))
  const place = (measure: Measure) => leading.indexOf(shortKey(measure))
  const first = measures.filter(m => place(m) >= 0).sort((a, b) => place(a) - place(b))
  return [...first, ...measures.filter(m => place(m) < 0)]
}

/** Of the columns, those that are shown before a reader opens more. */
export function shownFirst(measures: readonly Measure[]): Measure[] {
  const first = measures.filter(measure => leading.includes(shortKey(measure)))
  return first.length > 0 ? first : measures.slice(0, FIRST)
}

/** The measure that a board is sorted by at first: one without a threshold where there is one. */
export function leadMeasure(board: Board): Measure | undefined {
  return firstMeasures(board)[0]
}

/** How many rows of a board are ranked: all with numbers but those that are told the truth. */
export const rankedRows = (board: Board): number => board.done.filter(entry => !entry.ceiling).length

/** Another setting that differs in one word, or the nearest one to that: the same dataset first, then as many equal words as can be. */
export function neighbour(
  boards: readonly Board[],
  from: Setting,
  key: keyof Setting,
  value: string,
): Board | undefined {
  const dataset = boards.find(board => settingKeys.every(k => board.setting[k] === from[k]))?.entries[0]?.dataset.id
  const sameData = (board: Board) => (board.entries[0]?.dataset.id === dataset ? settingKeys.length : 0)
  const score = (board: Board) => sameData(board) + settingKeys.filter(k => board.setting[k] === from[k]).length
  return boards.filter(board => board.setting[key] === value).toSorted((a, b) => score(b) - score(a))[0]
}
