import { topological } from './graph.ts'
import { narrow } from './narrow.ts'
import type { Shape, Tensor, TensorOf } from './ops.ts'
import { ShapeError, show } from './tensor.ts'

/** A finished computation: named outputs, and every op in an order in which it can be run. */
export interface Program {
  readonly inputs: readonly TensorOf<'input'>[]
  readonly parameters: readonly TensorOf<'parameter'>[]
  readonly outputs: Readonly<Record<string, Tensor>>
  /** Operands before their consumers. */
  readonly nodes: readonly Tensor[]
}

/**
 * The program that computes the given outputs, each tensor only as far as it is read.
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
  for (const leaves of [inputs, parameters]) {
    const seen = new Map<string, Shape>()
    for (const { params, shape } of leaves) {
      const other = seen.get(params.name)
      if (other) throw new ShapeError('program', `"${params.name}" is both ${show(other)} and ${show(shape)}`)
      seen.set(params.name, shape)
    }
  }
  return { inputs, parameters, outputs: Object.fromEntries(roots.map((t, i) => [names[i] ?? '', t])), nodes }
}
