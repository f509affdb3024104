import type { Capability, ExplainableModel } from '@vitrine/models'
import { UnsupportedError } from '../errors.ts'

/** What a method needs of a model: what its graph can, or more than one row at a time (`maxBatch`). */
export type Need = Capability | 'batches'

const words: Readonly<Record<Need, string>> = {
  activations: "the last block's tokens, or a last feature map, on the grid of patches",
  tokens: "each block's tokens on the grid of patches",
  chain: 'blocks that follow one another from the patches to the head',
  'global-attention': 'attention over all tokens in each block',
  'patch-embedding': 'a first layer that is linear in patches',
  'token-head': 'a head for the tokens of any block',
  'token-halves': 'blocks that treat each token by itself before and after attention',
  'token-subsets': 'passes over part of the patches',
  windows: 'windows and merges whose places are known',
  'text-head': 'classes that are vectors, such as the embeddings of texts',
  batches: 'more than one image at a time',
}

/**
 * Whether a method is for models alone whose classes are texts or other vectors. Such methods are none of "all methods" for other models, where they
 * would only be refused.
 */
export const isForTexts = ({ needs }: { readonly needs: readonly Need[] }): boolean => needs.includes('text-head')

const obstacle = ({ can, maxBatch }: ExplainableModel, need: Need): string | undefined => {
  if (need === 'batches') return maxBatch > 1 ? undefined : 'the batch is written down in its file'
  const found = can[need]
  return found === true ? undefined : found
}

/**
 * Refuses a method on a model that lacks something that the method needs.
 *
 * @throws {UnsupportedError} naming the method, what it needs, and what the model has instead
 */
export function requireNeeds(id: string, needs: readonly Need[], model: ExplainableModel): void {
  for (const need of needs) {
    const found = obstacle(model, need)
    if (found !== undefined) throw new UnsupportedError(`${id}: needs ${words[need]}; of this model, ${found}`)
  }
}
