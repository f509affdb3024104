/** What is left of a capacity that counts as nothing. */
const NOTHING = 1e-12

/**
 * The largest flow from a node of the top layer to each of some nodes of the bottom one, through layers of `size` nodes each. `capacities`
 * are the matrices `[size, size]` between neighbouring layers, from the top down: row i says how much node i can send to each node below.
 *
 * Dinic's algorithm (1970), ended where the flow fills what leaves the source or what enters the sink. The first round goes straight down
 * through the layers, and with attention it is mostly the last; it is written apart, since it needs no levels and takes nothing back. A
 * node first tries the one straight below: where most of the capacity lies there, as in attention with a residual, few ways are needed.
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
  // What each edge can still take: the rest of its capacity can be taken back.
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
      // Below that node everything is full.
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

  // In later rounds a node has `size` arcs to those below (of which the sink alone counts at the bottom), then as many back to those above.
  const arcs = (layer: number): number => (layer === 0 ? size : 2 * size)
  const head = (layer: number, a: number): number => (a < size ? (layer + 1) * size + a : (layer - 1) * size + a - size)
  const edgeBetween = (a: number, b: number): number => Math.min(a, b) * size + (Math.max(a, b) % size)
  const room = (from: number, to: number): number => {
    const edge = edgeBetween(from, to)
    return from < to ? (left[edge] ?? 0) : (full[edge] ?? 0) - (left[edge] ?? 0)
  }

  /** Marks how far from the source each node is, over what is left. Answers whether the sink can be reached. */
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
