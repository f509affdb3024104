import { isSampled } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { isTooDear, type MetricGroup, type Target } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { groupCells } from './map-columns.ts'
import type { SteppedSample } from './steps.ts'

/** An image, and what is known of it before it is explained again. */
export interface ExplainedStart extends SteppedSample {
  /** Per method key, what an explanation took as a multiple of a forward pass, where that was counted. */
  readonly costs: ReadonlyMap<string, number>
}

/** What is stored of one method and image that was explained again. */
export interface ExplainedCells {
  readonly cells: Readonly<Record<string, Cell>>
  /** How many more explanations it took. */
  readonly explanations: number
}

/**
 * Whether a method is too dear to explain an image again. Only sampled methods can be: a one-pass method costs a few passes. `costs` has what
 * a sampled one took.
 */
export const isDear = (budget: number, { key, explainer }: MethodChoice, { costs }: ExplainedStart): boolean =>
  isSampled(explainer) && isTooDear(budget, costs.get(key) ?? 0)

/** Methods that are not too dear for every wanted image. */
export const affordable = (
  budget: number,
  methods: readonly MethodChoice[],
  images: readonly ExplainedStart[],
): readonly MethodChoice[] =>
  methods.filter(method => images.some(image => image.wanted && !isDear(budget, method, image)))

/** Cells per image and method key; none of images that are not wanted. */
export const cellsPerImage = <Image extends SteppedSample>(
  images: readonly Image[],
  methods: readonly MethodChoice[],
  cellsOf: (method: MethodChoice, image: Image) => ExplainedCells,
): ReadonlyMap<string, ExplainedCells>[] =>
  images.map(image => new Map((image.wanted ? methods : []).map(method => [method.key, cellsOf(method, image)])))

/** What is stored where an image was not explained again. */
export const notExplained = (group: MetricGroup, target: Target, state: 'too-dear' | 'too-few'): ExplainedCells => ({
  cells: groupCells(group, target, { state }),
  explanations: 0,
})
