import { isSampled } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { isTooDear } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import type { SteppedSample } from './paths.ts'

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
