import { dim, reshape, type Tensor, transpose } from '@vitrine/tensor'
import { batchPlaces } from './batch.ts'

/** How tokens lie in the tensors of a graph. */
export interface Layout {
  /** Images at once. */
  readonly batch: number
  /**
   * A tensor of tokens as `[batch, tokens, width]`. Graphs have them on rows and columns, with the tokens first, or stacked to a matrix.
   * Undefined tokens are as many as the tensor has; windows of some images stay windows.
   */
  tokens(x: Tensor, tokens: number | undefined): Tensor
}

export function layoutOf(batch: number): Layout {
  const places = batchPlaces(batch)
  /** Whether the tokens of all images are side by side, and not the images of a token. Of one image, both is so. */
  const isTokensFirst = (x: Tensor, tokens: number): boolean =>
    batch === 1
      ? x.shape[0] === tokens && tokens !== 1
      : x.shape.length === 2
        ? places(x)?.inner === 1
        : places(x)?.axis === 1
  return {
    batch,
    tokens(x, tokens) {
      const width = dim(x.shape, -1)
      if (tokens === undefined || x.shape.length > 3)
        return x.shape.length > 3 ? reshape(x, [dim(x.shape, 0), -1, width]) : x
      if (isTokensFirst(x, tokens)) return transpose(reshape(x, [tokens, batch, width]), [1, 0, 2])
      return reshape(x, [batch, tokens, width])
    },
  }
}
