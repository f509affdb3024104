import { flopsOf } from './flops.ts'
import { isFixed } from './graph.ts'
import { digest } from './intern.ts'
import type { Tensor } from './ops.ts'
import type { Program } from './program.ts'
import { show } from './tensor.ts'

/**
 * A program as text, one op a line: `%12 = matmul(%3, %11) {transposeB} [1, 197, 768]`. Equal programs print alike and different
 * ones do not (large constants by their digest), so the text identifies a computation.
 */
export function print({ nodes, outputs }: Program): string {
  const ref = references(nodes)
  const lines = nodes.map(t => {
    const words = paramWords(t)
    const params = words.length === 0 ? '' : ` {${words.join(', ')}}`
    return `${ref(t)} = ${t.op}(${t.inputs.map(ref).join(', ')})${params} ${t.dtype === 'int' ? 'int ' : ''}${show(t.shape)}`
  })
  const results = Object.entries(outputs).map(([name, t]) => `${name} = ${ref(t)}`)
  return [...lines, `return ${results.join(', ')}`].join('\n')
}

/** A program as a table for people, cell by cell: its columns, a row for each node, and the lines below. */
export interface ListedProgram {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly total: readonly string[]
}

/** The cells of `listing`, to be laid out by the caller. */
export function listed({ nodes, outputs }: Program): ListedProgram {
  const ref = references(nodes)
  const count = (n: number) => n.toLocaleString('en')
  const rows = nodes.map(t => [
    ref(t),
    t.op,
    t.inputs.map(ref).join(' '),
    paramWords(t).join(', '),
    `${t.dtype === 'int' ? 'int ' : ''}${show(t.shape)}`,
    isFixed(t) ? 'once' : count(flopsOf(t)),
  ])
  const total = count(nodes.reduce((sum, t) => sum + flopsOf(t), 0))
  const results = Object.entries(outputs).map(([name, t]) => `${name} = ${ref(t)}`)
  return {
    head: ['node', 'op', 'reads', 'parameters', 'shape', 'FLOP'],
    rows,
    total: [`returns ${results.join(', ')}`, `${count(nodes.length)} nodes, ${total} FLOP a run`],
  }
}

/**
 * A program as a table for people: each node with what it reads, its parameters, its shape and its floating-point operations, as
 * `countFlops` counts them, and their total. `once` stands for a node that depends on no input.
 *
 * @example
 * console.log(listing(program({ y: softmax(linear(input('x', [1, 3]), parameter('w', [4, 3]))) })))
 * // node  op         reads  parameters  shape  FLOP
 * // %0    input             name: x     [1, 3]    0
 * // …
 */
export function listing(program: Program): string {
  const { head, rows, total } = listed(program)
  return [...columns([head, ...rows]), '', ...total].join('\n')
}

/** Cells padded to the width of their column, the last column to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => rows.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0))
  return rows.map(row =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  '),
  )
}

function references(nodes: readonly Tensor[]): (t: Tensor) => string {
  const index = new Map(nodes.map((t, i) => [t, i]))
  return t => `%${index.get(t)}`
}

function paramWords(t: Tensor): string[] {
  return Object.entries(t.params).flatMap(([key, value]) => {
    if (value === false) return []
    if (value === true) return [key]
    if (value instanceof Float64Array)
      return [value.length <= 8 ? `${key}: ${value.join(' ')}` : `${key}: ${digest(value)}`]
    return [`${key}: ${Array.isArray(value) ? value.join(' ') : value}`]
  })
}
