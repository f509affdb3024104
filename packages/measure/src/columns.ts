import {
  type FaithfulnessColumns,
  type ImageColumns,
  intervalsOf,
  type LocalizationColumns,
  type Protocol,
  type Summary,
  summarize,
  summarizeFailures,
  type Target,
} from '@vitrine/metrics'
import type { Cell, Results } from '@vitrine/records'

const TARGETS: readonly Target[] = ['predicted', 'label']
const COUNTS = ['tp', 'fp', 'fn', 'tn'] as const
const CURVES = ['morf', 'lerf'] as const

/** What is stored of an image, as flat named cells: `localization.predicted.tp`, `faithfulness.label.morf`, … */
export function toCells({ correct, localization, faithfulness }: ImageColumns): Record<string, Cell> {
  const cells: Record<string, Cell> = { correct }
  for (const target of TARGETS) {
    const where = localization[target]
    if (where) {
      cells[`localization.${target}.state`] = where.state
      for (const name of COUNTS) cells[`localization.${target}.${name}`] = where.state === 'ok' ? where[name] : null
    }
    const how = faithfulness[target]
    if (how) {
      cells[`faithfulness.${target}.state`] = how.state
      for (const name of CURVES) cells[`faithfulness.${target}.${name}`] = how.state === 'ok' ? how[name] : null
    }
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
        TARGETS.flatMap(target => {
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

/** A summary as flat names: means per threshold, areas, curves, and how many images are behind them. */
export function flatSummary(
  { localization, faithfulness }: Summary,
  columns: Columns = {},
): Pick<Results, 'summary' | 'counts'> {
  const summary: Results['summary'] = {}
  const unreadable = unreadableIn(columns).length
  const counts: Results['counts'] = unreadable > 0 ? { unreadable } : {}
  for (const target of TARGETS) {
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

/** What the stored columns of a record come to: means, intervals and how many images are behind them. */
export function resultsOf(protocol: Protocol, columns: Columns, thresholds: readonly number[]): Omit<Results, 'cost'> {
  const means = flatSummary(summarize(protocol, fromColumns(columns), thresholds), columns)
  const record = { columns, thresholds, protocol: { choices: protocol } }
  const failures = summarizeFailures(record)
  return {
    summary: { ...means.summary, ...failures.summary },
    intervals: intervalsOf(record),
    counts: { ...means.counts, ...failures.counts },
  }
}
