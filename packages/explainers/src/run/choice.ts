import { type Explainer, isSampled, type OnePassExplainer, type SampledExplainer } from '../contract/explainer.ts'
import type { OptionValue } from '../contract/options.ts'

/** A method with the values of its options. */
export interface MethodChoice<E extends Explainer = Explainer> {
  /** Unique among the methods of a run; the method's heatmap is the output `map:KEY` of a program. */
  readonly key: string
  readonly explainer: E
  readonly options: Readonly<Record<string, OptionValue>>
}

export const onePassOf = (methods: readonly MethodChoice[]): MethodChoice<OnePassExplainer>[] =>
  methods.filter((m): m is MethodChoice<OnePassExplainer> => !isSampled(m.explainer))

export const sampledOf = (methods: readonly MethodChoice[]): MethodChoice<SampledExplainer>[] =>
  methods.filter((m): m is MethodChoice<SampledExplainer> => isSampled(m.explainer))
