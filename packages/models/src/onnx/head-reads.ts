import { dim, input, program, type Shape, substitute, type Tensor } from '@vitrine/tensor'
import type { ExplainableModel } from '../explainable.ts'

/**
 * What the head reads of the last block's tokens, found by putting an input in their place and following it to where tokens are no longer
 * apart.
 *
 * @param tokens `[batch, tokens, width]`, on the way to the logits
 */
export function poolingOf(logits: Tensor, tokens: Tensor, prefix: number): ExplainableModel['pooling'] {
  const count = dim(tokens.shape, 1)
  const probe = input('tokens of the last block', tokens.shape)
  const [head = logits] = substitute([logits], new Map([[tokens, probe]]))
  const reads = readsOf(program({ head }).nodes, probe)
  const are = (...expected: readonly string[]): boolean =>
    reads.size === expected.length && expected.every(read => reads.has(read))
  if (prefix > 0 && are('token 0')) return 'class'
  if (prefix > 1 && are('token 0', 'token 1')) return 'class-and-distillation'
  if (are(`sum of ${prefix} to ${count}`)) return 'patch-mean'
  if (prefix > 0 && are('token 0', `sum of ${prefix} to ${count}`)) return 'class-and-patch-mean'
  return 'other'
}

/** The tokens that a tensor has: from which one on, and on which axes. */
interface Tokens {
  readonly start: number
  readonly axes: readonly number[]
}

/** What is read of the tokens: one of them, a sum of some, or something else. */
function readsOf(nodes: readonly Tensor[], probe: Tensor): ReadonlySet<string> {
  const reads = new Set<string>()
  const tokensIn = new Map<Tensor, Tokens>([[probe, { start: 0, axes: [1] }]])
  for (const node of nodes) {
    const source = node.inputs.find(operand => tokensIn.has(operand))
    const tokens = source && tokensIn.get(source)
    if (!source || !tokens) continue
    const count = tokens.axes.reduce((product, axis) => product * dim(source.shape, axis), 1)
    const kept = keptTokens(node, source, tokens)
    const { start } = tokens
    if (count > 1 && kept) tokensIn.set(node, kept)
    else if (count === 1 && node.op === 'layerNorm') tokensIn.set(node, tokens)
    else if (count === 1) reads.add(`token ${start}`)
    else if (node.op === 'sum' && tokens.axes.every(axis => node.params.axes.includes(axis)))
      reads.add(`sum of ${start} to ${start + count}`)
    else reads.add(`${node.op} of ${start} to ${start + count}`)
  }
  return reads
}

/** Where the tokens are in what an op makes of them, if they are still apart. */
function keptTokens(node: Tensor, source: Tensor, { start, axes }: Tokens): Tokens | undefined {
  const [axis = 1] = axes
  if (node.op === 'slice') return axes.length === 1 ? { start: start + dim(node.params.starts, axis), axes } : undefined
  if (node.op === 'transpose') {
    const { permutation } = node.params
    return { start, axes: axes.map(at => permutation.indexOf(at)) }
  }
  if (node.op === 'reshape') {
    // Only axes of tokens are split or joined.
    const [before, after] = [axis, source.shape.length - axis - axes.length]
    const same = (a: Shape, b: Shape) => `${a}` === `${b}`
    const isKept =
      same(source.shape.slice(0, before), node.shape.slice(0, before)) &&
      same(source.shape.slice(source.shape.length - after), node.shape.slice(node.shape.length - after))
    const count = node.shape.length - before - after
    return isKept && count > 0 ? { start, axes: Array.from({ length: count }, (_, i) => before + i) } : undefined
  }
  const mixes = ['matmul', 'softmax', 'sum', 'max', 'concat'].includes(node.op)
  const isWhole = node.shape.length === source.shape.length && axes.every(at => node.shape[at] === source.shape[at])
  return isWhole && !mixes ? { start, axes } : undefined
}
