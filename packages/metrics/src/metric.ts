import type { Claim } from './completeness/measure-completeness.ts'
import type { PairQuestion } from './discrimination/pair-question.ts'
import type { Effects } from './effects/effects.ts'
import type { RegionEffects } from './effects/regions.ts'
import { MetricError } from './errors.ts'
import type { ScoredCurves } from './faithfulness/scored-curves.ts'
import type { PathValues } from './frozen/path-values.ts'
import type { InsertionCurves } from './insertion/game.ts'
import type { ComparedMap } from './map/compared-map.ts'
import type { DiagnosticRules } from './protocol.ts'
import type { RandomisedMaps } from './randomisation/randomised-maps.ts'
import type { Neighbours } from './robustness/neighbours.ts'
import { type Cost, isId, type MetricRow } from './row.ts'
import type { Confidences } from './soft-mask/confidences.ts'
import type { Counts, Curve, MetricGroup } from './types.ts'

/** Pixels of one image at one threshold. */
export type Confusion = { readonly [Count in keyof Counts]: number }

/** A fraction of confusion counts; the protocol says how to divide. */
export interface LocalizationMetric<Id extends string = string> extends MetricRow<Id, 'localization'> {
  readonly needs: readonly (keyof Counts)[]
  fraction(pixels: Confusion): readonly [numerator: number, denominator: number]
}

/** A function of the MoRF and LeRF curves that is linear in them, so that the mean curves have the mean score. */
export interface FaithfulnessMetric<Id extends string = string> extends MetricRow<Id, 'faithfulness'> {
  readonly needs: readonly Curve[]
  score(curves: ScoredCurves): number
}

/** Groups whose metrics are computed from one map of one image, without a forward pass. */
export type MapGroup = 'pointing' | 'texture' | 'diffusion' | 'benchmarks' | 'complexity'

/** A metric of one map of one image. */
export interface MapMetric<Id extends string = string, G extends MapGroup = MapGroup> extends MetricRow<Id, G> {
  /** `null` where the number is not defined. */
  measure(map: ComparedMap, rules: DiagnosticRules): number | null
}

/** A metric of the maps of both classes of a two-object image. */
export interface PairMetric<Id extends string = string> extends MetricRow<Id, 'discrimination'> {
  /** `null` where the number is not defined. */
  measure(questions: readonly [PairQuestion, PairQuestion]): number | null
}

/** A metric of maps along perturbation paths: it needs an explanation per step. */
export interface PathMetric<Id extends string = string> extends MetricRow<Id, 'frozen'> {
  /** `null` where the number is not defined. */
  measure(path: PathValues, rules: DiagnosticRules): number | null
}

/** A metric of what a map says about regions, and what the removal of each does. */
export interface EffectMetric<Id extends string = string> extends MetricRow<Id, 'effects'> {
  /** `null` where the number is not defined. */
  measure(regions: RegionEffects): number | null
}

/** A metric of what a map says about some parts of an image, and what the removal of each does. */
export interface PartMetric<Id extends string = string, G extends 'objects' | 'coherence' = 'objects' | 'coherence'>
  extends MetricRow<Id, G> {
  /** `null` where the number is not defined. */
  measure(parts: Effects): number | null
}

/** A metric of what a map adds up to. */
export interface CompletenessMetric<Id extends string = string> extends MetricRow<Id, 'completeness'> {
  measure(claim: Claim): number | null
}

/** A metric of maps of the classes of a mosaic. */
export interface MosaicMetric<Id extends string = string> extends MetricRow<Id, 'mosaic'> {
  /** @param shares for each picture, the share of the mass of its class's map that lies in it */
  measure(shares: readonly number[]): number | null
}

/** A metric of maps of images close to one. */
export interface RobustnessMetric<Id extends string = string> extends MetricRow<Id, 'robustness'> {
  measure(neighbours: Neighbours): number
}

/** A metric of maps under random parameters, and for a random class. */
export interface RandomisationMetric<Id extends string = string> extends MetricRow<Id, 'randomisation'> {
  /** `null` where the number is not defined. */
  measure(maps: RandomisedMaps): number | null
}

/** A metric of the Insertion and Deletion curves of one map. */
export interface InsertionMetric<Id extends string = string> extends MetricRow<Id, 'insertion'> {
  readonly needs: readonly ('insertion' | 'deletion')[]
  measure(curves: InsertionCurves): number
}

/** A metric of the confidence before and after the image is multiplied by the map. */
export interface SoftMaskMetric<Id extends string = string> extends MetricRow<Id, 'soft-mask'> {
  readonly needs: readonly (keyof Confidences)[]
  /** `null` where the number is not defined. */
  measure(confidences: Confidences): number | null
}

/** What a metric of each group is. */
export interface MetricOf<Id extends string = string> {
  localization: LocalizationMetric<Id>
  faithfulness: FaithfulnessMetric<Id>
  pointing: MapMetric<Id, 'pointing'>
  texture: MapMetric<Id, 'texture'>
  diffusion: MapMetric<Id, 'diffusion'>
  discrimination: PairMetric<Id>
  frozen: PathMetric<Id>
  effects: EffectMetric<Id>
  objects: PartMetric<Id, 'objects'>
  coherence: PartMetric<Id, 'coherence'>
  benchmarks: MapMetric<Id, 'benchmarks'>
  complexity: MapMetric<Id, 'complexity'>
  completeness: CompletenessMetric<Id>
  mosaic: MosaicMetric<Id>
  robustness: RobustnessMetric<Id>
  randomisation: RandomisationMetric<Id>
  insertion: InsertionMetric<Id>
  'soft-mask': SoftMaskMetric<Id>
}

export type AnyMetric = MetricOf[MetricGroup]

const costs: { readonly [G in MetricGroup]: Cost } = {
  localization: 'none',
  faithfulness: 'curve-steps',
  pointing: 'none',
  texture: 'none',
  diffusion: 'none',
  discrimination: 'two-classes',
  frozen: 'path-steps',
  effects: 'shared-regions',
  objects: 'shared-things',
  coherence: 'pixel-groups',
  benchmarks: 'none',
  complexity: 'none',
  completeness: 'shared-logits',
  mosaic: 'mosaic-classes',
  robustness: 'close-images',
  randomisation: 'random-models',
  insertion: 'insertion-steps',
  'soft-mask': 'one-pass',
}

type Derived = 'worst' | 'cost'
type Usual = 'headline' | 'order' | 'merit' | 'truth'

/** A metric as its file writes it: what follows from the rest, or is usual, is left out. */
export type MetricDefinition<Id extends string, G extends MetricGroup> = Omit<MetricOf<Id>[G], Derived | Usual> &
  Partial<Pick<MetricOf<Id>[G], Usual>> & { readonly id: Id; readonly group: G }

/** Characters of a heading that a text table has room for. */
const HEADING = 14

function check({
  id,
  group,
  range,
  rangeAgainst,
  heading,
  version,
  ...words
}: MetricDefinition<string, MetricGroup>): void {
  if (!isId(id)) throw new MetricError('id', `expected lower-case words joined by hyphens, got "${id}"`)
  if (!Object.hasOwn(costs, group))
    throw new MetricError(id, `group: expected one of ${Object.keys(costs).join(', ')}, got "${group}"`)
  for (const [name, bounds] of Object.entries({ range, rangeAgainst })) {
    const [least, greatest] = bounds ?? [0, 1]
    if (!(least < greatest))
      throw new MetricError(id, `${name}: expected [least, greatest], got [${least}, ${greatest}]`)
  }
  if (version !== undefined && !(Number.isInteger(version) && version > 0))
    throw new MetricError(id, `version: expected a whole number from 1, got ${version}`)
  if (heading.length === 0 || heading.length > HEADING)
    throw new MetricError(id, `heading: expected 1 to ${HEADING} characters, got "${heading}"`)
  for (const name of ['name', 'formula', 'source', 'negatives', 'pitfall'] as const)
    if (words[name].trim() === '') throw new MetricError(id, `${name}: expected words, got none`)
}

/**
 * Defines a metric.
 *
 * @throws {MetricError} if a fact of the row is malformed
 *
 * @example
 * export default metric({
 *   id: 'covered-area',
 *   name: 'Covered area',
 *   heading: 'covered',
 *   group: 'diffusion',
 *   direction: 'lower',
 *   range: [0, 1],
 *   formula: 'share of the cells that have mass',
 *   source: 'after Bhatt, Weller & Moura, IJCAI 2020',
 *   negatives: 'have no mass in a signed map; elsewhere mass is counted from the least value',
 *   pitfall: 'A cell with hardly any mass counts as much as the greatest.',
 *   needs: ['map'],
 *   measure: ({ mass: { values } }) => values.filter(value => value > 0).length / values.length,
 * })
 */
export function metric<const Id extends string, const G extends MetricGroup>(
  definition: MetricDefinition<Id, G>,
): MetricOf<Id>[G] {
  check(definition as unknown as MetricDefinition<string, MetricGroup>)
  const { group, direction, range } = definition
  const derived = { worst: range[direction === 'higher' ? 0 : 1], cost: costs[group] }
  return {
    headline: false,
    order: 100,
    merit: true,
    truth: true,
    ...definition,
    ...derived,
  } as unknown as MetricOf<Id>[G]
}

/** A metric's formula and heading, with the protocol's values where they depend on them. */
export const wordsOf = (
  { formula, heading, under }: Pick<MetricRow, 'formula' | 'heading' | 'under'>,
  rules: DiagnosticRules | undefined,
): { readonly formula: string; readonly heading: string } => ({ formula, heading, ...(rules && under?.(rules)) })

/** Values of metrics by id, of what they are computed from. */
export const valuesOf = <Question>(
  metrics: readonly { readonly id: string; measure(question: Question): number | null }[],
  question: Question,
): Readonly<Record<string, number | null>> => Object.fromEntries(metrics.map(one => [one.id, one.measure(question)]))
