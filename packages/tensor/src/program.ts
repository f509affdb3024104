import { topological } from './graph.ts'
import { narrow } from './narrow.ts'
import type { Tensor, TensorOf } from './ops.ts'
import { requireDistinctNames, verifies, verify } from './verify.ts'

/** A finished computation: named outputs, and every op in an order in which it can be run. */
export interface Program {
  readonly inputs: readonly TensorOf<'input'>[]
  readonly parameters: readonly TensorOf<'parameter'>[]
  readonly outputs: Readonly<Record<string, Tensor>>
  /** Operands before their consumers. */
  readonly nodes: readonly Tensor[]
}

/**
 * The program that computes the given outputs, each tensor only as far as it is read. In tests it is verified: see `verify`.
 *
 * @example
 * const x = input('x', [2, 3])
 * const p = program({ norm: sqrt(sum(mul(x, x), [1])) })
 */
export function program(outputs: Readonly<Record<string, Tensor>>): Program {
  const names = Object.keys(outputs)
  const roots = narrow(Object.values(outputs))
  const nodes = topological(roots)
  const inputs = nodes.filter(t => t.op === 'input')
  const parameters = nodes.filter(t => t.op === 'parameter')
  requireDistinctNames(inputs)
  requireDistinctNames(parameters)
  const made = { inputs, parameters, outputs: Object.fromEntries(roots.map((t, i) => [names[i] ?? '', t])), nodes }
  if (verifies()) verify(made)
  return made
}
