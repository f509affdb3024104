/** What is left of a capacity that counts as nothing. */
const NOTHING = 1e-12

/**
 * The largest flow from a node of the top layer to each of some nodes of the bottom one, through layers of `size` nodes each. `capacities`
 * are the matrices `[size, size]` between neighbouring layers, from the top down: row i says how much node i can send to each node below.
 *
 * Dinic's algorithm (1970), ended early where the flow fills what leaves the source or what enters the sink. A node first tries the one
 * straight below: where most of the capacity lies there, as in attention with a residual, few ways are needed.
 */
export function maxFlows(
  capacities: readonly Float64Array[],
  size: number,
  source: number,
  sinks: readonly number[],
): Float64Array {
  const depth = capacities.length
  // What each edge can still take, and what can be taken back.
  const left = capacities.map(matrix => matrix.slice())
  const sent = capacities.map(matrix => new Float64Array(matrix.length))
  const touched: { layer: number; edge: number }[] = []
  const levels = new Int32Array((depth + 1) * size)
  const next = new Int32Array((depth + 1) * size)

  function flowTo(sink: number): number {
    const goal = depth * size + sink
    // While nothing has flowed, nothing can be taken back.
    let arcs = size

    // Arcs of node i: straight down, the other nodes below, and the nodes above.
    const below = (i: number, a: number): number => (i + a) % size
    // What arc `a` can carry. At the bottom only the sink counts.
    const room = (layer: number, i: number, a: number): number => {
      if (a >= size) return layer > 0 ? (sent[layer - 1]?.[(a - size) * size + i] ?? 0) : 0
      const to = below(i, a)
      return layer === depth - 1 && to !== sink ? 0 : (left[layer]?.[i * size + to] ?? 0)
    }
    const head = (layer: number, i: number, a: number): number =>
      a < size ? (layer + 1) * size + below(i, a) : (layer - 1) * size + a - size

    function carry(layer: number, i: number, a: number, amount: number): void {
      const [edges, edge, sign] = a < size ? [layer, i * size + below(i, a), 1] : [layer - 1, (a - size) * size + i, -1]
      const [free, used] = [left[edges], sent[edges]]
      if (!free || !used) return
      free[edge] = (free[edge] ?? 0) - sign * amount
      used[edge] = (used[edge] ?? 0) + sign * amount
      touched.push({ layer: edges, edge })
    }

    /** Marks how far from the source each node is, over what is left. Answers whether the sink can be reached. */
    function reach(): boolean {
      arcs = 2 * size
      levels.fill(-1)
      levels[source] = 0
      const queue = [source]
      for (const node of queue) {
        const [layer, i] = [Math.floor(node / size), node % size]
        for (let a = layer < depth ? 0 : size; a < 2 * size; a++) {
          if (room(layer, i, a) <= NOTHING) continue
          const to = head(layer, i, a)
          if (levels[to] !== -1) continue
          levels[to] = (levels[node] ?? 0) + 1
          queue.push(to)
        }
        if (levels[goal] !== -1) return true
      }
      return false
    }

    function push(node: number, limit: number): number {
      if (node === goal) return limit
      const [layer, i] = [Math.floor(node / size), node % size]
      const level = levels[node] ?? 0
      for (let a = next[node] ?? 0; a < arcs; a++) {
        next[node] = a
        if (layer === depth && a < size) continue
        const to = head(layer, i, a)
        if (levels[to] !== level + 1) continue
        const free = room(layer, i, a)
        if (free <= NOTHING) continue
        const amount = push(to, Math.min(limit, free))
        if (amount > NOTHING) {
          carry(layer, i, a, amount)
          return amount
        }
      }
      // A dead end: nobody comes here again before the levels are marked anew.
      levels[node] = -1
      return 0
    }

    const [top, bottom] = [capacities[0] ?? new Float64Array(0), capacities[depth - 1] ?? new Float64Array(0)]
    let [leaving, entering] = [0, 0]
    for (let j = 0; j < size; j++) {
      leaving += top[source * size + j] ?? 0
      entering += bottom[j * size + sink] ?? 0
    }
    const most = depth === 1 ? (top[source * size + sink] ?? 0) : Math.min(leaving, entering)
    let flow = 0
    // Before anything has flowed, a node is as far from the source as its layer is.
    levels.forEach((_, node) => {
      levels[node] = Math.floor(node / size)
    })
    for (let open = true; open && flow < most - NOTHING; open = flow < most - NOTHING && reach()) {
      next.fill(0)
      for (let more = push(source, most - flow); more > NOTHING; more = push(source, most - flow)) flow += more
    }
    for (const { layer, edge } of touched) {
      const [free, used, full] = [left[layer], sent[layer], capacities[layer]]
      if (!free || !used || !full) continue
      free[edge] = full[edge] ?? 0
      used[edge] = 0
    }
    touched.length = 0
    return flow
  }

  return Float64Array.from(sinks, flowTo)
}
