import { broadcast, concat, gather, reshape, sliceAxis, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'

/**
 * Some of the patches of embedded images `[batch, prefix + patches, width]`, the prefix kept; `chosen` is int `[passes, kept]`.
 */
export function keepPatches(tokens: Tensor, prefix: number, chosen: Tensor): Tensor {
  const [batch = 1, count = 1, width = 1] = tokens.shape
  const [passes = 1, kept = 1] = chosen.shape
  if (chosen.shape.length !== 2 || (batch !== 1 && batch !== passes))
    throw new ModelError(
      `patches: expected [${batch === 1 ? 'passes' : batch}, kept], got [${chosen.shape.join(', ')}]`,
    )
  const patchesOf = (image: number): Tensor => sliceAxis(sliceAxis(tokens, 0, image, image + 1), 1, prefix, count)
  const patches =
    batch === 1
      ? reshape(gather(patchesOf(0), reshape(chosen, [passes * kept]), 1), [passes, kept, width])
      : concat(
          Array.from({ length: batch }, (_, i) =>
            gather(patchesOf(i), reshape(sliceAxis(chosen, 0, i, i + 1), [kept]), 1),
          ),
          0,
        )
  if (prefix === 0) return patches
  return concat([broadcast(sliceAxis(tokens, 1, 0, prefix), [passes, prefix, width]), patches], 1)
}
