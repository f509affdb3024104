import type { BlockTrace, ExplainableModel } from '@vitrine/models'
import { dim, input, type Tensor } from '@vitrine/tensor'
import type { Need } from '../contract/needs.ts'
import { ExplainerError } from '../errors.ts'

/** What reading a tensor of a block takes: of the last block, and of others. */
const needsOf: { readonly [K in keyof BlockTrace]?: readonly [last: Need, other: Need] } = {
  input: ['activations', 'tokens'],
  attentionInput: ['activations', 'tokens'],
  attentionOutput: ['activations', 'tokens'],
  output: ['activations', 'tokens'],
  query: ['global-attention', 'global-attention'],
  key: ['global-attention', 'global-attention'],
  value: ['global-attention', 'global-attention'],
  scores: ['global-attention', 'global-attention'],
  attention: ['global-attention', 'global-attention'],
  context: ['global-attention', 'global-attention'],
  projectedValue: ['global-attention', 'global-attention'],
}

/** How the inputs of a program are called that stand for what a method did not declare. */
export const UNDECLARED = 'needs'

/**
 * A model with nothing more than a method declares: each other tensor of its blocks is an input of its own, called `needs …`, that nothing
 * is computed from; each other part of it throws. Whether a method takes blocks for a chain cannot be seen so.
 */
export function bareModel(model: ExplainableModel, declared: readonly Need[]): ExplainableModel {
  // The last block is one of all blocks.
  const needs = new Set<Need>(declared.includes('tokens') ? [...declared, 'activations'] : declared)
  const require = (rows: Tensor, ...wanted: readonly Need[]): void => {
    const missing = [...wanted, ...(dim(rows.shape, 0) > 1 ? (['batches'] as const) : [])].filter(
      one => !needs.has(one),
    )
    if (missing.length > 0)
      throw new ExplainerError(`needs: expected ${missing.join(', ')} among them, got ${declared.join(', ') || 'none'}`)
  }
  const bareBlock = (block: BlockTrace, l: number, isLast: boolean): BlockTrace => ({
    ...block,
    ...Object.fromEntries(
      Object.entries(needsOf).flatMap(([name, [last, other]]) => {
        const need = isLast ? last : other
        const { shape } = block[name as keyof BlockTrace]
        return needs.has(need) ? [] : [[name, input(`${UNDECLARED} ${need}: ${name} of block ${l}`, shape)]]
      }),
    ),
  })
  return {
    ...model,
    trace(image, options) {
      require(image, ...(options?.patches ? (['token-subsets'] as const) : []))
      const trace = model.trace(image, options)
      const { length } = trace.blocks
      const blocks = trace.blocks.map((block, l) => bareBlock(block, l, l === length - 1))
      const { featureMap, mixing } = trace
      const known = { ...trace, blocks, mixing: needs.has('windows') ? mixing : undefined }
      if (!featureMap || needs.has('activations')) return known
      return {
        ...known,
        featureMap: input(`${UNDECLARED} activations: the last feature map`, featureMap.shape),
      }
    },
    embedPatches(image) {
      require(image, 'patch-embedding')
      return model.embedPatches(image)
    },
    head(tokens) {
      require(tokens, 'token-head')
      return model.head(tokens)
    },
    project(index, tokens) {
      require(tokens, 'token-halves')
      return model.project(index, tokens)
    },
    finish(index, tokens, context) {
      require(context, 'token-halves')
      return model.finish(index, tokens, context)
    },
    tokenCosines(tokens) {
      require(tokens, 'text-head')
      return model.tokenCosines(tokens)
    },
  }
}
