/** A rest of a capacity up to which it counts as used up. */
const NOTHING = 1e-12

/**
 * The largest flow from a node of the top layer to each of some nodes of the bottom one, through layers of `size` nodes each. `capacities`
 * are the matrices `[size, size]` between neighbouring layers, from the top down: row i says how much node i can send to each node below.
 *
 * Dinic's algorithm (1970). It stops as soon as the flow uses all capacity out of the source or into the sink. The first round only
 * follows edges down through the layers; with attention it is mostly the only round, so it has a function of its own (`pour`), which
 * needs no levels and never takes flow back. A node first tries the node straight below it: in attention with a skip connection most of
 * the capacity is there, so few paths are needed.
 */
export function maxFlows(
  capacities: readonly Float64Array[],
  size: number,
  source: number,
  sinks: readonly number[],
): Float64Array {
  const depth = capacities.length
  const bottom = depth - 1
  // Node i of a layer is number layer * size + i; its edge to node j of the next layer is number node * size + j.
  const full = new Float64Array(depth * size * size)
  capacities.forEach((matrix, layer) => {
    full.set(matrix, layer * size * size)
  })
  // How much more each edge can carry. `full` minus `left` is the flow, which later rounds may take back.
  const left = full.slice()
  const used: number[] = []
  // The arc that each node tries next, and its distance from the source.
  const next = new Int32Array(depth * size)
  const levels = new Int32Array((depth + 1) * size)
  let sink = 0

  function carry(edge: number, amount: number): void {
    left[edge] = (left[edge] ?? 0) - amount
    used.push(edge)
  }

  /** The first round: sends up to `limit` from node i of a layer down to the sink. */
  function pour(layer: number, i: number, limit: number): number {
    const node = layer * size + i
    if (layer === bottom) {
      const edge = node * size + sink
      const room = left[edge] ?? 0
      if (room <= limit) next[node] = size
      carry(edge, Math.min(room, limit))
      return Math.min(room, limit)
    }
    let sent = 0
    let a = next[node] ?? 0
    for (; a < size; a++) {
      const j = i + a < size ? i + a : i + a - size
      // That node has no arc left to try.
      if (next[node - i + size + j] === size) continue
      const edge = node * size + j
      const room = left[edge] ?? 0
      if (room <= NOTHING) continue
      const amount = pour(layer + 1, j, Math.min(limit - sent, room))
      carry(edge, amount)
      sent += amount
      if (sent >= limit - NOTHING) break
    }
    next[node] = a
    return sent
  }

  // In later rounds a node has `size` arcs to the layer below (in the bottom layer only the one to the sink counts), then `size`
  // arcs back to the layer above.
  const arcs = (layer: number): number => (layer === 0 ? size : 2 * size)
  const head = (layer: number, a: number): number => (a < size ? (layer + 1) * size + a : (layer - 1) * size + a - size)
  const edgeBetween = (a: number, b: number): number => Math.min(a, b) * size + (Math.max(a, b) % size)
  const room = (from: number, to: number): number => {
    const edge = edgeBetween(from, to)
    return from < to ? (left[edge] ?? 0) : (full[edge] ?? 0) - (left[edge] ?? 0)
  }

  /** Marks each node's distance from the source over edges with capacity left. Returns whether the sink can be reached. */
  function reach(): boolean {
    const goal = depth * size + sink
    levels.fill(-1)
    levels[source] = 0
    const queue = [source]
    for (const node of queue) {
      const layer = Math.floor(node / size)
      for (let a = 0; a < arcs(layer); a++) {
        const to = head(layer, a)
        if (levels[to] !== -1 || (layer === bottom && a < size && to !== goal) || room(node, to) <= NOTHING) continue
        levels[to] = (levels[node] ?? 0) + 1
        if (to === goal) return true
        queue.push(to)
      }
    }
    return false
  }

  /** Sends up to `limit` from a node to the sink, each step one farther from the source. */
  function push(node: number, limit: number): number {
    const layer = Math.floor(node / size)
    if (layer === depth) return limit
    const level = (levels[node] ?? 0) + 1
    let sent = 0
    let a = next[node] ?? 0
    for (; a < arcs(layer); a++) {
      const to = head(layer, a)
      if (levels[to] !== level) continue
      const free = room(node, to)
      if (free <= NOTHING) continue
      const amount = push(to, Math.min(limit - sent, free))
      carry(edgeBetween(node, to), node < to ? amount : -amount)
      sent += amount
      if (sent >= limit - NOTHING) break
    }
    next[node] = a
    return sent
  }

  return Float64Array.from(sinks, goal => {
    sink = goal
    let [leaving, entering] = [0, 0]
    for (let j = 0; j < size; j++) {
      leaving += full[source * size + j] ?? 0
      entering += full[(bottom * size + j) * size + sink] ?? 0
    }
    const most = depth === 1 ? (full[source * size + sink] ?? 0) : Math.min(leaving, entering)
    next.fill(0)
    let flow = pour(0, source, most)
    while (flow < most - NOTHING && reach()) {
      next.fill(0)
      flow += push(source, most - flow)
    }
    for (const edge of used) left[edge] = full[edge] ?? 0
    used.length = 0
    return flow
  })
}
