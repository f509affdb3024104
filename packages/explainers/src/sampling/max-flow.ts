/** What is left of a capacity that counts as nothing. */
const NOTHING = 1e-12

/**
 * The largest flow from a node of the top layer to a node of the bottom one, through layers of `size` nodes each. `capacities` are the
 * matrices `[size, size]` between neighbouring layers, from the top down: row i says how much node i can send to each node below.
 * Dinic's algorithm (1970), ended early where the flow fills what leaves the source or what enters the sink.
 */
export function maxFlow(capacities: readonly Float64Array[], size: number, source: number, sink: number): number {
  const depth = capacities.length
  // What each edge can still take, and what can be taken back.
  const left = capacities.map(matrix => matrix.slice())
  const sent = capacities.map(matrix => new Float64Array(matrix.length))
  const levels = new Int32Array((depth + 1) * size)
  const next = new Int32Array((depth + 1) * size)
  const goal = depth * size + sink

  // Of node i in a layer: what arc `a` can carry, the first `size` arcs going down and the others back up.
  const room = (layer: number, i: number, a: number): number =>
    a < size ? (left[layer]?.[i * size + a] ?? 0) : layer > 0 ? (sent[layer - 1]?.[(a - size) * size + i] ?? 0) : 0
  const head = (layer: number, a: number): number => (a < size ? (layer + 1) * size + a : (layer - 1) * size + a - size)

  function carry(layer: number, i: number, a: number, amount: number): void {
    const [edges, at, sign] = a < size ? [layer, i * size + a, 1] : [layer - 1, (a - size) * size + i, -1]
    const [free, used] = [left[edges], sent[edges]]
    if (!free || !used) return
    free[at] = (free[at] ?? 0) - sign * amount
    used[at] = (used[at] ?? 0) + sign * amount
  }

  function reach(): boolean {
    levels.fill(-1)
    levels[source] = 0
    const queue = [source]
    for (const node of queue) {
      const [layer, i] = [Math.floor(node / size), node % size]
      for (let a = layer < depth ? 0 : size; a < 2 * size; a++) {
        if (room(layer, i, a) <= NOTHING) continue
        const to = head(layer, a)
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
    for (let a = next[node] ?? 0; a < 2 * size; a++) {
      next[node] = a
      if (layer === depth && a < size) continue
      const free = room(layer, i, a)
      if (free <= NOTHING) continue
      const to = head(layer, a)
      if (levels[to] !== (levels[node] ?? 0) + 1) continue
      const amount = push(to, Math.min(limit, free))
      if (amount > NOTHING) {
        carry(layer, i, a, amount)
        return amount
      }
    }
    next[node] = 2 * size
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
  while (flow < most - NOTHING && reach()) {
    next.fill(0)
    for (let more = push(source, most - flow); more > NOTHING; more = push(source, most - flow)) flow += more
  }
  return flow
}
