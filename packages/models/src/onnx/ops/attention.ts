import * as t from '@vitrine/tensor'
import { dim, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { add, matmul, mul, softmax } from '../canonical.ts'
import type { Operation, Translation, Translations } from '../operation.ts'
import { isNumbers } from '../values.ts'

/** `[batch, tokens, heads * size]` as `[batch, heads, tokens, size]`. */
const split = (x: Tensor, heads: number): Tensor => {
  const [batch = 1, tokens = 1, width = 1] = x.shape
  if (x.shape.length !== 3 || width % heads !== 0)
    throw new ModelError(`expected [batch, tokens, width] that ${heads} heads divide, got [${x.shape.join(', ')}]`)
  return t.transpose(t.reshape(x, [batch, tokens, heads, width / heads]), [0, 2, 1, 3])
}

const joined = (x: Tensor): Tensor => {
  const [batch = 1, heads = 1, tokens = 1, size = 1] = x.shape
  return t.reshape(t.transpose(x, [0, 2, 1, 3]), [batch, tokens, heads * size])
}

interface Heads {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
}

/** softmax(q k^T scale + bias) v for `[batch, heads, tokens, size]` each; scale is 1 / sqrt(size) where none is said. */
function attention({ query, key, value }: Heads, batch: number, scale: number | undefined, bias?: Tensor): Tensor {
  if (dim(query.shape, 1) !== dim(key.shape, 1)) throw new ModelError('heads that share keys are not read')
  const products = matmul(query, key, batch, false, true)
  const scores = mul(products, t.scalar(scale ?? dim(query.shape, -1) ** -0.5))
  return matmul(softmax(bias ? add(scores, bias) : scores), value, batch)
}

const refuse = (refusals: readonly (readonly [boolean, string])[]): void => {
  for (const [is, what] of refusals) if (is) throw new ModelError(`${what} is not read`)
}

/** Attention of opset 23. */
const Attention: Translation = operation => {
  refuse([
    [operation.int('is_causal', 0) === 1, 'causal attention'],
    [operation.float('softcap', 0) !== 0, 'attention with a cap on scores'],
    [operation.has(4) || operation.has(5) || operation.has(6), 'attention with a cache'],
    [operation.results > 1, 'attention that gives its scores'],
  ])
  const apart = operation.tensor(0).shape.length === 4
  const [query, key, value] = [0, 1, 2].map(i => {
    const x = operation.tensor(i)
    return apart ? x : split(x, operation.int(i === 0 ? 'q_num_heads' : 'kv_num_heads'))
  }) as [Tensor, Tensor, Tensor]
  const scale = operation.float('scale', 0)
  const context = attention(
    { query, key, value },
    operation.graph.batch,
    scale === 0 ? undefined : scale,
    maskOf(operation, 3),
  )
  return apart ? context : joined(context)
}

/** What is added to scores; where a mask of yes and no says no, nothing is read. */
function maskOf(operation: Operation, operand: number): Tensor | undefined {
  if (!operation.has(operand)) return undefined
  const mask = operation.value(operand)
  if (!isNumbers(mask) || mask.kind === 'float') return operation.tensor(operand)
  return mask.data.every(x => x !== 0) ? undefined : t.where(operation.tensor(operand), 0, -1e9)
}

/** ONNX Runtime's attention with its projection of queries, keys and values. */
const MicrosoftAttention: Translation = operation => {
  refuse([
    [operation.int('unidirectional', 0) === 1, 'causal attention'],
    [operation.has(3), 'attention with a mask of lengths'],
    [operation.has(4), 'attention with a cache'],
    [operation.ints('qkv_hidden_sizes') !== undefined, 'attention of several widths'],
  ])
  const projected = matmul(operation.tensor(0), operation.tensor(1), operation.graph.batch)
  const all = operation.has(2) ? add(projected, operation.tensor(2)) : projected
  const width = dim(all.shape, -1) / 3
  const part = (i: number) => split(t.sliceAxis(all, -1, i * width, (i + 1) * width), operation.int('num_heads'))
  return withScale(operation, { query: part(0), key: part(1), value: part(2) }, 5)
}

const MultiHeadAttention: Translation = operation => {
  refuse([
    [operation.int('unidirectional', 0) === 1, 'causal attention'],
    [operation.has(4), 'attention with a mask of lengths'],
    [operation.has(6) || operation.has(7), 'attention with a cache'],
    [!operation.has(2) || operation.tensor(0).shape.length !== 3, 'attention of packed queries, keys and values'],
  ])
  const widths = [0, 1, 2].map(i => dim(operation.tensor(i).shape, -1))
  const withBias = (i: number): Tensor => {
    const start = widths.slice(0, i).reduce((sum, width) => sum + width, 0)
    const [x, end] = [operation.tensor(i), start + dim(widths, i)]
    return operation.has(3) ? add(x, t.sliceAxis(operation.tensor(3), 0, start, end)) : x
  }
  const part = (i: number) => split(withBias(i), operation.int('num_heads'))
  return withScale(operation, { query: part(0), key: part(1), value: part(2) }, 5)
}

function withScale(operation: Operation, heads: Heads, bias: number): Tensor {
  const scale = operation.float('scale', 0)
  return joined(
    attention(
      heads,
      operation.graph.batch,
      scale === 0 ? undefined : scale,
      operation.has(bias) ? operation.tensor(bias) : undefined,
    ),
  )
}

/** Attention as one op is taken apart into scores, softmax and product, so that methods see inside. */
export const attentions: Translations = {
  Attention,
  'com.microsoft.Attention': MicrosoftAttention,
  'com.microsoft.MultiHeadAttention': MultiHeadAttention,
}
