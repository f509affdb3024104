import { groupTitles, type MetricId, type Target } from '@vitrine/metrics'
import { loadSite } from '../load/index.ts'
import { type Measure, measureName } from '../load/measures.ts'
import { inThread } from '../load/threads.ts'
import { methodOf } from '../words/methods.ts'
import { type Board, firstMeasures, leadMeasure, type Setting, shortKey } from './boards.ts'
import type { Wanted } from './columns.worker.ts'

/** One family's columns of a board, for one explained class: what the browser ranks anew from. */
export interface BoardColumns {
  readonly thresholds: readonly number[]
  readonly protocol: { readonly choices: unknown }
  /** By the row's slug. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>>
}

/** What the browser compares a board's rows by, and the pictures to show beside it. */
export interface BoardFacts {
  readonly path: string
  readonly setting: Setting
  readonly names: Readonly<Record<'model' | 'dataset', string>>
  readonly thresholds: readonly number[]
  readonly at: number
  readonly measures: readonly PageMeasure[]
  /** Key of the measure that boards are sorted by at first. */
  readonly lead: string
  readonly rows: readonly {
    readonly slug: string
    readonly row: string
    readonly name: string
    readonly path: string
    readonly control: boolean
    /** Whether two float32 computations of its maps may differ visibly. */
    readonly unstable: boolean
  }[]
  /** Who made what its images show. */
  readonly credit: string
  readonly images: { readonly id: readonly string[]; readonly names: readonly string[] }
  /** Where the maps are, and which tile is whose; `null` without maps. */
  readonly maps: {
    readonly path: string
    readonly tiles: Readonly<Record<string, number>>
    readonly count: number
    readonly pictures: readonly (string | null)[]
  } | null
}

export interface PageMeasure {
  readonly key: string
  readonly metric: MetricId
  readonly family: string
  /** What its family is called above its columns. */
  readonly group: string
  readonly target: Target
  readonly perThreshold: boolean
  readonly best: boolean
  /** What it is called, without a threshold that can be moved. */
  readonly name: string
}

export const pageMeasure = (measure: Measure): PageMeasure => {
  const { key, metric, target, perThreshold, best } = measure
  return {
    key,
    metric: metric.id,
    family: metric.group,
    group: groupTitles[metric.group],
    target,
    perThreshold,
    best,
    name: measureName(measure),
  }
}

export async function boardFacts(board: Board): Promise<BoardFacts> {
  const { sets } = await loadSite()
  const set = sets.find(s => s.boards.includes(board))
  const [first] = board.entries
  const pictures = set ? await Promise.all(set.images.id.map(id => set.album.picture(id))) : []
  return {
    path: board.path,
    setting: board.setting,
    names: { model: first?.model.name ?? board.setting.model, dataset: first?.dataset.name ?? board.setting.dataset },
    thresholds: board.thresholds,
    at: board.at,
    measures: inOrder(board).map(pageMeasure),
    lead: leadMeasure(board)?.key ?? '',
    rows: board.done.map(entry => {
      const { label, path, control, unstable } = methodOf(entry)
      const options = entry.row.slice(entry.method.id.length)
      return {
        slug: entry.slug,
        row: entry.row,
        name: options ? `${label} ${options}` : label,
        path,
        control,
        unstable,
      }
    }),
    credit: set?.album.credit(pictures) ?? '',
    images: {
      id: board.images.id,
      names: board.images.label.map(label => set?.album.classNames[label] ?? `class ${label}`),
    },
    maps: set
      ? {
          path: set.path,
          tiles: Object.fromEntries(set.entries.map((entry, m) => [entry.row, m])),
          count: set.entries.length,
          pictures: pictures.map(picture => picture?.path ?? null),
        }
      : null,
  }
}

/** The measures of both classes in the order of a board's columns. */
function inOrder(board: Board): Measure[] {
  const order = firstMeasures(board).map(shortKey)
  return board.measures.toSorted((a, b) => order.indexOf(shortKey(a)) - order.indexOf(shortKey(b)))
}

/** A board's columns, by `family.target`. */
export function boardJson(board: Board): [name: string, make: () => Promise<string>][] {
  const names = [...new Set(board.measures.map(m => `${m.metric.group}.${m.target}`))]
  const question: Omit<Wanted, 'name'> = {
    board: { thresholds: board.thresholds, protocol: { choices: board.entries[0]?.protocol.choices } },
    records: board.done.map(({ slug, file }) => ({ slug, file })),
  }
  const worker = new URL('./columns.worker.ts', import.meta.url)
  return names.map(name => [name, () => inThread<Wanted, string>(worker, { ...question, name })])
}
