import { narrow } from './narrow.ts'
import type { Shape, Tensor, TensorOf } from './ops.ts'
import { topological } from './reverse.ts'
import { digest, ShapeError, show, sizeOf } from './tensor.ts'

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

const fixed = new WeakMap<Tensor, boolean>()

/** Whether a tensor depends on no input: the same at every run. */
export function isFixed(t: Tensor): boolean {
  const known = fixed.get(t)
  if (known !== undefined) return known
  const answer = t.op !== 'input' && t.inputs.every(isFixed)
  fixed.set(t, answer)
  return answer
}

/** Floating-point operations of all matrix products of a program that depend on an input: two for each multiply-add. */
export function countFlops({ nodes }: Program): number {
  return nodes.reduce((total, t) => {
    if (t.op !== 'matmul' || isFixed(t)) return total
    const [a] = t.inputs
    const inner = a?.shape.at(t.params.transposeA ? -2 : -1) ?? 0
    return total + 2 * sizeOf(t.shape) * inner
  }, 0)
}

/**
 * A program as text, one op a line: `%12 = matmul(%3, %11) {transposeB} [1, 197, 768]`. Equal programs print alike and different
 * ones do not (large constants by their digest), so the text identifies a computation.
 */
export function print({ nodes, outputs }: Program): string {
  const index = new Map(nodes.map((t, i) => [t, i]))
  const ref = (t: Tensor) => `%${index.get(t)}`
  const lines = nodes.map(
    t =>
      `${ref(t)} = ${t.op}(${t.inputs.map(ref).join(', ')})${printParams(t)} ${t.dtype === 'int' ? 'int ' : ''}${show(t.shape)}`,
  )
  const results = Object.entries(outputs).map(([name, t]) => `${name} = ${ref(t)}`)
  return [...lines, `return ${results.join(', ')}`].join('\n')
}

function printParams(t: Tensor): string {
  const words = Object.entries(t.params).flatMap(([key, value]) => {
    if (value === false) return []
    if (value === true) return [key]
    if (value instanceof Float64Array)
      return [value.length <= 8 ? `${key}: ${value.join(' ')}` : `${key}: ${digest(value)}`]
    return [`${key}: ${Array.isArray(value) ? value.join(' ') : value}`]
  })
  return words.length === 0 ? '' : ` {${words.join(', ')}}`
}
