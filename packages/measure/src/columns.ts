import {
  columnName,
  type FaithfulnessColumns,
  type ImageColumns,
  intervalsOf,
  type LocalizationColumns,
  type Protocol,
  type Summary,
  summarize,
  summarizeDiagnostics,
  type Target,
  targets,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { BenchRecord, Json, JsonObject } from '@vitrine/records/record'

const COUNTS = ['tp', 'fp', 'fn', 'tn'] as const
const CURVES = ['morf', 'lerf'] as const

/** What is stored of where a map points: its state, and pixels per threshold. */
export const localizationCells = (target: Target, found: LocalizationColumns): Record<string, Cell> =>
  cellsOf('localization', target, found, COUNTS)

/** What is stored of how faithful a map is: its state, and both curves. */
export const faithfulnessCells = (target: Target, found: FaithfulnessColumns): Record<string, Cell> =>
  cellsOf('faithfulness', target, found, CURVES)

function cellsOf<Name extends string>(
  group: string,
  target: Target,
  found: { readonly state: string } & { readonly [N in Name]?: Cell },
  names: readonly Name[],
): Record<string, Cell> {
  const cells: Record<string, Cell> = { [columnName(group, target, 'state')]: found.state }
  for (const name of names) cells[columnName(group, target, name)] = found.state === 'ok' ? (found[name] ?? null) : null
  return cells
}

/** What is stored of an image, as flat named cells: `localization.predicted.tp`, `faithfulness.label.morf`, … */
export function toCells({ correct, localization, faithfulness }: ImageColumns): Record<string, Cell> {
  const cells: Record<string, Cell> = { correct }
  for (const target of targets) {
    const [where, how] = [localization[target], faithfulness[target]]
    if (where) Object.assign(cells, localizationCells(target, where))
    if (how) Object.assign(cells, faithfulnessCells(target, how))
  }
  return cells
}

const UNREADABLE = 'unreadable'

/** What is stored of an image that cannot be read; its row has no prediction, -1 with probability 0. */
export const unreadableCells = (problem: string): Record<string, Cell> => ({ [UNREADABLE]: problem })

/** For each image that cannot be read, its position in the columns and why. */
export const unreadableIn = (columns: Columns): { readonly at: number; readonly problem: string }[] =>
  (columns[UNREADABLE] ?? []).flatMap((problem, at) => (typeof problem === 'string' ? [{ at, problem }] : []))

type Columns = Readonly<Record<string, readonly unknown[]>>

/** Columns from the cells of images; `null` where an image lacks one. */
export function columnsFrom(images: readonly Readonly<Record<string, Cell>>[]): Record<string, Cell[]> {
  const names = new Set(images.flatMap(cells => Object.keys(cells)))
  return Object.fromEntries([...names].map(name => [name, images.map(cells => cells[name] ?? null)]))
}

/** The columns of a record, image by image, without those that cannot be read: the inverse of `toCells`. */
export function fromColumns(columns: Columns): ImageColumns[] {
  const at = (name: string, i: number) => columns[name]?.[i]
  const unreadable = new Set(unreadableIn(columns).map(({ at }) => at))
  const readable = [...(columns.correct ?? []).keys()].filter(i => !unreadable.has(i))
  return readable.map(i => {
    const part = <T>(family: string, target: Target, names: readonly string[]): T | undefined => {
      const state = at(`${family}.${target}.state`, i)
      if (state === undefined) return undefined
      const values = state === 'ok' ? names.map(name => [name, at(`${family}.${target}.${name}`, i)]) : []
      return { state, ...Object.fromEntries(values) } as T
    }
    const both = <T>(family: string, names: readonly string[]) =>
      Object.fromEntries(
        targets.flatMap(target => {
          const found = part<T>(family, target, names)
          return found ? [[target, found]] : []
        }),
      )
    return {
      correct: at('correct', i) === true,
      localization: both<LocalizationColumns>('localization', COUNTS),
      faithfulness: both<FaithfulnessColumns>('faithfulness', CURVES),
    }
  })
}

/** A summary as named numbers, `localization.predicted.iou`: means per threshold, areas, curves, and the number of images behind them. */
export function flatSummary(
  { localization, faithfulness }: Summary,
  columns: Columns = {},
): Pick<Results, 'summary' | 'counts'> {
  const summary: Results['summary'] = {}
  const unreadable = unreadableIn(columns).length
  const counts: Results['counts'] = unreadable > 0 ? { unreadable } : {}
  for (const target of targets) {
    const where = localization[target]
    if (where) {
      for (const [name, n] of Object.entries(where.counts)) counts[`localization.${target}.${name}`] = n
      summary[`localization.${target}.emptyPredictions`] = where.emptyPredictions
      for (const [id, means] of Object.entries(where.means ?? {})) summary[`localization.${target}.${id}`] = means
      for (const [id, area] of Object.entries(where.areas ?? {})) summary[`localization.${target}.${id}.area`] = area
    }
    const how = faithfulness[target]
    if (how) {
      for (const [name, n] of Object.entries(how.counts)) counts[`faithfulness.${target}.${name}`] = n
      for (const [id, mean] of Object.entries(how.means ?? {})) summary[`faithfulness.${target}.${id}`] = mean
      for (const [id, curve] of Object.entries(how.curves ?? {})) summary[`faithfulness.${target}.${id}.curve`] = curve
    }
  }
  return { summary, counts }
}

/** What follows from the stored columns of a record: computed where it is shown, and stored nowhere. */
export interface Results {
  /** Metric to mean; `null` where the metric has none, a list where there is one value per threshold or step. */
  summary: JsonObject
  /** What happened to how many images: flat maps, empty truths, wrong predictions, … */
  counts: Record<string, number>
}

/** Metric to the 95 % interval of its mean; a list of them where the mean is a list, `null` where there is none. */
export type Intervals = JsonObject

type Measured = Pick<BenchRecord, 'columns' | 'thresholds' | 'protocol' | 'relativeFlops'>

/** The protocol under which a record was measured. */
export const protocolOf = ({ protocol }: Pick<BenchRecord, 'protocol'>): Protocol =>
  protocol.choices as unknown as Protocol

/** What the stored columns of a record come to: means, and how many images are behind them. */
export function resultsOf(record: Measured): Results {
  const found = known.get(record) ?? computeResults(record)
  known.set(record, found)
  return found
}

const known = new WeakMap<Measured, Results>()

function computeResults(record: Measured): Results {
  const { columns, thresholds } = record
  if (columns.correct === undefined) return { summary: {}, counts: {} }
  const means = flatSummary(summarize(protocolOf(record), fromColumns(columns), thresholds), columns)
  const diagnostics = summarizeDiagnostics(record)
  return {
    summary: { ...means.summary, ...diagnostics.summary },
    counts: { ...means.counts, ...diagnostics.counts },
  }
}

/** The bootstrap intervals of the means of a record. They are slow to compute compared with the means themselves. */
export const intervalsOfRecord = (record: Measured): Intervals =>
  record.columns.correct === undefined ? {} : (intervalsOf(record) as Intervals)

/** What a record cost, in forward passes per image. */
export interface RecordCost {
  /** One explanation, its prediction included. */
  readonly relativeFlops: number
  /** Both curves, beyond the prediction's own pass. */
  readonly perturbationPassesPerImage: number
  /** Explanations of other classes and of the steps of paths. */
  readonly furtherExplanationsPerImage: number
}

/** The cost of a record: as planned, or of a sampled method as it was counted image by image. */
export function costOf({ columns, relativeFlops }: Pick<BenchRecord, 'columns' | 'relativeFlops'>): RecordCost {
  const mean = (column: readonly Json[] = []) => {
    const values = column.filter(value => value !== null).map(Number)
    return values.reduce((sum, v) => sum + v, 0) / Math.max(values.length, 1)
  }
  return {
    relativeFlops: relativeFlops ?? mean(columns.cost),
    perturbationPassesPerImage: mean(columns.passes),
    furtherExplanationsPerImage: mean(columns.explanations),
  }
}
