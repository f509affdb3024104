import { erf as erfOf, input, interpret, program } from '@vitrine/tensor'
import type { Graph, Value } from './graph.ts'

// ONNX Runtime has Erf and Gelu in float32 only, and its LayerNormalization reads epsilon as float32. These build them from ops that it
// has in double.

/** erf is a Taylor series of six terms around the nearest multiple of 1 / 128. The terms left out are below 3e-16. */
const PER_UNIT = 128
const TERMS = 6
/** erf(6) is 1 in double. */
const END = 6

/** The Taylor coefficients of erf at every centre from -END to END, one table for each power. */
function taylorTables(): readonly Float64Array[] {
  const centres = Float64Array.from({ length: 2 * END * PER_UNIT + 1 }, (_, i) => i / PER_UNIT - END)
  const shape = [centres.length]
  const { y } = interpret(program({ y: erfOf(input('x', shape)) }), { x: { shape, data: centres } })
  const tables = [Float64Array.from(y?.data ?? [])]
  // erf' = g with g = 2 / sqrt(pi) exp(-x^2), and g' = -2 x g gives each coefficient of g from the two before it.
  let [before, g] = [new Float64Array(centres.length), centres.map(c => (2 / Math.sqrt(Math.PI)) * Math.exp(-c * c))]
  for (let n = 1; n < TERMS; n++) {
    tables.push(g.map(value => value / n))
    const next = g.map((value, i) => (-2 * ((centres[i] ?? 0) * value + (before[i] ?? 0))) / n)
    ;[before, g] = [g, next]
  }
  return tables
}

let tables: readonly Float64Array[] | undefined

export function erf(g: Graph, x: Value): Value {
  tables ??= taylorTables()
  const number = (value: number) => g.floats(Float64Array.of(value), [])
  const inside = g.op('Clip', [x, number(-END), number(END)])
  const nearest = g.op('Round', [g.op('Mul', [inside, number(PER_UNIT)])])
  const index = g.cast(g.op('Add', [nearest, number(END * PER_UNIT)]), 'int')
  const distance = g.op('Sub', [inside, g.op('Div', [nearest, number(PER_UNIT)])])
  return tables
    .map(table => g.op('Gather', [g.floats(table, [table.length]), index], { axis: 0 }))
    .reduceRight((sum, coefficient) => g.op('Add', [g.op('Mul', [sum, distance]), coefficient]))
}

/** x (1 + erf(x / sqrt(2))) / 2 */
export function gelu(g: Graph, x: Value): Value {
  const [half, root] = [0.5, Math.SQRT1_2].map(value => g.floats(Float64Array.of(value), []))
  const wave = erf(g, g.op('Mul', [x, root ?? '']))
  return g.op('Mul', [x, g.op('Add', [g.op('Mul', [wave, half ?? '']), half ?? ''])])
}

export function layerNorm(g: Graph, [x = '', scale = '', shift = '']: readonly Value[], epsilon: number): Value {
  const mean = (v: Value) => g.op('ReduceMean', [v, g.ints([-1])], { keepdims: 1 })
  const centred = g.op('Sub', [x, mean(x)])
  const variance = g.op('Add', [mean(g.op('Mul', [centred, centred])), g.floats(Float64Array.of(epsilon), [])])
  return g.op('Add', [g.op('Mul', [g.op('Div', [centred, g.op('Sqrt', [variance])]), scale]), shift])
}
