import { dim, type Op, only, operandsOf, scalarValue, type Tensor, type TensorOf } from '@vitrine/tensor'
import { broadcastTo, type Facts, isBiasOf } from '../facts.ts'
import type { Step } from './step.ts'

/**
 * Several ops as one node of `com.microsoft`. Only where nothing else reads the tensors between them: an explanation or a derivative
 * that reads one gets the plain ops. `fuses` in `engines.ts` says which engines have these kernels; they compute in float32.
 *
 * Together they take 5 percent off a forward pass of a ViT of width 128 on one thread. At width 768 matrix products take nearly all of
 * the time, and no gain could be measured.
 */
export const fusions: { readonly [O in Op]?: (node: TensorOf<O>, facts: Facts) => Step | undefined } = {
  gelu: biasGelu,
  transpose: attention,
}

/** gelu(x + bias). With a bias, `Gemm` first copies it into every row of its result, on one thread; BiasGelu adds it as it computes. */
function biasGelu(node: TensorOf<'gelu'>, facts: Facts): Step | undefined {
  const sum = only(node)
  if (sum.op !== 'add' || !facts.onlyFor(sum, node)) return undefined
  const [a, b] = operandsOf(sum)
  const width = sum.shape.at(-1)
  const [x, bias] = width !== undefined && isBiasOf(a, width) ? [b, a] : [a, b]
  if (width === undefined || !isBiasOf(bias, width) || !broadcastTo([x.shape], sum.shape)) return undefined
  return {
    reads: [x, bias],
    emit: (g, [v = '', c = '']) =>
      g.op('com.microsoft.BiasGelu', [v, bias.shape.length === 1 ? c : g.reshape(c, [width])]),
  }
}

/**
 * softmax(q k^T scale) v for `[batch, heads, tokens, size]`. Operands and result of the kernel are `[batch, tokens, heads * size]`. It
 * works on blocks of queries and stores neither scores nor attention (Dao et al., NeurIPS 2022).
 */
function attention(node: TensorOf<'transpose'>, facts: Facts): Step | undefined {
  const context = only(node)
  if (!swapsHeads(node) || !isProduct(context, false) || !facts.onlyFor(context, node)) return undefined
  const [weights, value] = operandsOf(context)
  if (weights.op !== 'softmax' || !facts.onlyFor(weights, context)) return undefined
  const scores = only(weights)
  const { product, scale } = unscaled(scores)
  if (!facts.onlyFor(scores, weights) || (product !== scores && !facts.onlyFor(product, scores))) return undefined
  // The kernel reads a scale of 0 as "no scale given".
  if (!isProduct(product, true) || scale === 0) return undefined
  const [query, key] = operandsOf(product)
  const operands = [query, key, value]
  const [batch, heads] = query.shape
  if (!operands.every(t => swapsHeads(t) && t.shape[0] === batch && t.shape[1] === heads)) return undefined
  return {
    reads: operands.map(only),
    emit: (g, values) => {
      const sideBySide = values.map((v, i) => {
        const { shape } = operands[i] ?? query
        return g.reshape(v, [dim(shape, 0), dim(shape, 2), dim(shape, 1) * dim(shape, 3)])
      })
      const attributes = { num_heads: dim(query.shape, 1), scale: { float: scale } }
      return g.reshape(g.op('com.microsoft.MultiHeadAttention', sideBySide, attributes), node.shape)
    },
  }
}

/** Whether a tensor is `[batch, tokens, heads, size]` as `[batch, heads, tokens, size]`, or the way back. */
const swapsHeads = (t: Tensor): boolean => t.op === 'transpose' && `${t.params.permutation}` === '0,2,1,3'

const isProduct = (t: Tensor, transposeB: boolean): boolean =>
  t.op === 'matmul' && !t.params.transposeA && t.params.transposeB === transposeB

function unscaled(t: Tensor): { readonly product: Tensor; readonly scale: number } {
  if (t.op !== 'mul') return { product: t, scale: 1 }
  const [a, b] = operandsOf(t)
  const [left, right] = [scalarValue(a), scalarValue(b)]
  if (right !== undefined) return { product: a, scale: right }
  return left === undefined ? { product: t, scale: 1 } : { product: b, scale: left }
}
