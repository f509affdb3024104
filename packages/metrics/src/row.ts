import type { DiagnosticRules } from './protocol.ts'
import type { MetricGroup } from './types.ts'

/** What has to be run beyond the explanation itself, per image and method; `passesOf` says how much that is. */
export type Cost =
  | 'none'
  | 'curve-steps'
  | 'path-steps'
  | 'two-classes'
  /** Explanations of mosaics, one for each of their pictures. */
  | 'mosaic-classes'
  /** Explanations of images close by. */
  | 'close-images'
  /** Explanations under random parameters, one for each part of the model, and one of another class. */
  | 'random-models'
  | 'insertion-steps'
  | 'one-pass'
  | 'pixel-groups'
  /** Once per image, for all methods. */
  | 'shared-regions'
  /** Once per image and thing that is seen in it, for all methods. */
  | 'shared-things'
  /** Once per image, for all methods. */
  | 'shared-logits'

/** Whether a text is lower-case words joined by hyphens. */
export const isId = (text: string): boolean => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)

/** Words that name values of a protocol. */
interface Words {
  readonly formula: string
  readonly heading: string
}

/** What a metric is: sorting, axes, colours and words are driven by this row. */
export interface MetricRow<Id extends string = string, G extends MetricGroup = MetricGroup> extends Words {
  /** Lower-case words joined by hyphens: the name of its file, and of its column. */
  readonly id: Id
  readonly name: string
  /** Above a column of a text table: at most 14 characters. */
  readonly heading: string
  readonly group: G
  readonly direction: 'higher' | 'lower'
  readonly range: readonly [least: number, greatest: number]
  /** The range where each class is put against others, so that p is a difference of probabilities, from -1 to 1; that of `range` if absent. */
  readonly rangeAgainst?: readonly [least: number, greatest: number]
  /** The bad end of the range. */
  readonly worst: number
  readonly formula: string
  /** Formula or heading with the values of a protocol in it, where they depend on one. */
  readonly under?: (rules: DiagnosticRules) => Partial<Words>
  /** Who defined it, where: authors, title, venue, year. */
  readonly source: string
  /** What becomes of negative values of a map; goes on after "Negative values …". */
  readonly negatives: string
  /** What the number does not tell: one or two sentences. */
  readonly pitfall: string
  readonly needs: readonly string[]
  readonly cost: Cost
  /**
   * Whether more of it is better. What is not a merit is description: a control wins it by being flat, so it has no best, no rank and no
   * verdict.
   */
  readonly merit: boolean
  /** Whether the map that is told the truth shows what a map can reach. */
  readonly truth: boolean
  /** Whether records say how the metric ranks a group of methods. */
  readonly headline: boolean
  /** Place among the metrics of its group, in tables and on the board. */
  readonly order: number
  /** Of a metric that is not bundled: raised when its values change. The version of a bundled one is that of its group. */
  readonly version?: number
}

/** The values that a metric may have, where p is a probability or, of a class against others, a difference of probabilities. */
export const rangeOf = ({ range, rangeAgainst }: Pick<MetricRow, 'range' | 'rangeAgainst'>, isAgainst: boolean) =>
  (isAgainst && rangeAgainst) || range
