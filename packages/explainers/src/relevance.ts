import type { BlockTrace } from '@vitrine/models'
import { type Rules, reverse, type Tensor } from '@vitrine/tensor'
import type { ExplainContext } from './contract/context.ts'
import { classSeed } from './gradients.ts'
import { alphaOneRules, joinRelevance, separateSignRules } from './rules/alpha-one.ts'

const RULES: Readonly<Record<'rescaled' | 'separate', Rules>> = { rescaled: alphaOneRules, separate: separateSignRules }

/**
 * Which rules of Chefer et al. propagate relevance: those of their paper, which rescale sums, or those of the copy that their
 * evaluation of partial and full LRP runs, which treat products of positive and of negative numbers apart.
 */
export type RelevanceRules = keyof typeof RULES

/** Relevance of the explained class at a tensor. */
export function relevanceAt(context: ExplainContext, target: Tensor, rules: RelevanceRules): Tensor {
  const [relevance = target] = propagate(context, [target], rules)
  return relevance
}

/** Blocks, each with the relevance of its attention. */
export function withRelevance(
  context: ExplainContext,
  blocks: readonly BlockTrace[],
  rules: RelevanceRules,
): readonly (BlockTrace & { readonly relevance: Tensor })[] {
  const relevances = propagate(
    context,
    blocks.map(block => block.attention),
    rules,
  )
  return blocks.map((block, l) => ({ ...block, relevance: relevances[l] ?? block.attention }))
}

const propagate = (context: ExplainContext, targets: readonly Tensor[], rules: RelevanceRules): Tensor[] =>
  reverse(classSeed(context), targets, RULES[rules], { join: joinRelevance })
