import { dim, input, program, substitute, type Tensor } from '@vitrine/tensor'
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

/** The tokens that a tensor has, from which one on, and on which axis. */
interface Tokens {
  readonly start: number
  readonly axis: number
}

/** What is read of the tokens: one of them, a sum of some, or something else. */
function readsOf(nodes: readonly Tensor[], probe: Tensor): ReadonlySet<string> {
  const reads = new Set<string>()
  const tokensIn = new Map<Tensor, Tokens>([[probe, { start: 0, axis: 1 }]])
  for (const node of nodes) {
    const source = node.inputs.find(operand => tokensIn.has(operand))
    const tokens = source && tokensIn.get(source)
    if (!source || !tokens) continue
    const { start, axis } = tokens
    const count = dim(source.shape, axis)
    if (node.op === 'slice') tokensIn.set(node, { start: start + dim(node.params.starts, axis), axis })
    else if (node.op === 'transpose') tokensIn.set(node, { start, axis: node.params.permutation.indexOf(axis) })
    else if (count === 1) reads.add(`token ${start}`)
    else if (node.op === 'sum' && node.params.axes.includes(axis)) reads.add(`sum of ${start} to ${start + count}`)
    else if (
      node.shape.length === source.shape.length &&
      node.shape[axis] === count &&
      node.op !== 'matmul' &&
      node.op !== 'softmax'
    )
      tokensIn.set(node, tokens)
    else reads.add(`${node.op} of ${start} to ${start + count}`)
  }
  return reads
}
