import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxFlows } from './max-flow.ts'

const flow = (layers: readonly Float64Array[], size: number, source: number, sink: number): number | undefined =>
  maxFlows(layers, size, source, [1, sink])[1]

/** Uniform numbers in [0, 1) (Numerical Recipes' congruential generator). */
function numbers(state: number): () => number {
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

test('the narrowest cut bounds the flow', () => {
  // Two ways down from node 0, of 3 and 2; node 0 passes on 1 to node 1, node 1 passes on 4: 1 + 2.
  const layers = [Float64Array.of(3, 2, 0, 0), Float64Array.of(5, 1, 0, 4)]
  assert.equal(flow(layers, 2, 0, 1), 3)
  assert.equal(flow(layers, 2, 0, 0), 3)
})

test('flow that went the wrong way is taken back', () => {
  // From 0: 1 to each of a and b. a reaches c and d, b reaches c alone; the sink takes 1 from each of c and d.
  const layers = [Float64Array.of(1, 1, 0, 0), Float64Array.of(1, 1, 1, 0), Float64Array.of(1, 0, 1, 0)]
  assert.equal(flow(layers, 2, 0, 0), 2)
})

test('the flow is the smallest cut, by trying every cut', () => {
  const random = numbers(7)
  const size = 3
  for (let round = 0; round < 20; round++) {
    const layers = Array.from({ length: 3 }, () =>
      Float64Array.from({ length: size * size }, () => (random() < 0.4 ? 0 : random())),
    )
    // The inner nodes are those of two layers; a cut says which of them are on the source's side.
    let smallest = Number.POSITIVE_INFINITY
    for (let sides = 0; sides < 2 ** (2 * size); sides++) {
      const upper = (layer: number, i: number) =>
        layer === 0 ? i === 0 : layer === 3 ? false : ((sides >> ((layer - 1) * size + i)) & 1) === 1
      let cut = 0
      layers.forEach((matrix, layer) => {
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++)
            if (upper(layer, i) && !upper(layer + 1, j) && (layer < 2 || j === 1)) cut += matrix[i * size + j] ?? 0
      })
      smallest = Math.min(smallest, cut)
    }
    assert.ok(Math.abs((flow(layers, size, 0, 1) ?? 0) - smallest) < 1e-9)
  }
})

/** The largest flow by sending one unit after the other over any way that is left (Ford & Fulkerson 1956): whole capacities only. */
function unitByUnit(layers: readonly Float64Array[], size: number, source: number, sink: number): number {
  const nodes = (layers.length + 1) * size
  const left = Array.from({ length: nodes }, () => new Int32Array(nodes))
  layers.forEach((matrix, layer) => {
    matrix.forEach((capacity, e) => {
      left[layer * size + Math.floor(e / size)]![(layer + 1) * size + (e % size)] = capacity
    })
  })
  const goal = layers.length * size + sink
  const send = (node: number, seen: Set<number>): boolean => {
    if (node === goal) return true
    seen.add(node)
    for (let to = 0; to < nodes; to++) {
      if (seen.has(to) || left[node]![to] === 0 || !send(to, seen)) continue
      left[node]![to]!--
      left[to]![node]!++
      return true
    }
    return false
  }
  let flow = 0
  while (send(source, new Set())) flow++
  return flow
}

test('flows of whole numbers are those that a plain search finds, unit by unit, to every sink', () => {
  const random = numbers(11)
  const [size, depth, source] = [7, 6, 2]
  let belowBounds = 0
  for (let round = 0; round < 20; round++) {
    const layers = Array.from({ length: depth }, () =>
      Float64Array.from({ length: size * size }, () => Math.max(Math.floor(9 * random()) - 5, 0)),
    )
    const sinks = Array.from({ length: size }, (_, i) => i)
    const plain = sinks.map(sink => unitByUnit(layers, size, source, sink))
    assert.deepEqual(Array.from(maxFlows(layers, size, source, sinks)), plain)
    const leaving = sinks.reduce((sum, j) => sum + (layers[0]?.[source * size + j] ?? 0), 0)
    const entering = (sink: number) => sinks.reduce((sum, i) => sum + (layers[depth - 1]?.[i * size + sink] ?? 0), 0)
    belowBounds += plain.filter((flow, sink) => flow < Math.min(leaving, entering(sink))).length
  }
  assert.ok(belowBounds > 20, `${belowBounds} flows end inside the network`)
})
