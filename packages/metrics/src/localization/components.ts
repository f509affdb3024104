import type { Box } from '../types.ts'

/** Horizontal runs of equal pixels, row by row, as a union-find forest; node 0 is the outside of the image. */
interface Runs {
  start: number[]
  end: number[]
  row: number[]
  inside: boolean[]
  /** Always an earlier run, so a root is the first run of its component in row-major order. */
  parent: number[]
  /** Number of the first run of each row. */
  firstOfRow: number[]
}

function rootOf(parent: number[], run: number): number {
  let root = run
  while (parent[root] !== root) root = parent[root]!
  for (let node = run; node !== root; ) {
    const next = parent[node]!
    parent[node] = root
    node = next
  }
  return root
}

function join(parent: number[], a: number, b: number): void {
  const first = rootOf(parent, a)
  const second = rootOf(parent, b)
  if (first < second) parent[second] = first
  else parent[first] = second
}

function scan(levels: Uint8Array, width: number, height: number, level: number): Runs {
  const runs: Runs = { start: [0], end: [0], row: [-1], inside: [false], parent: [0], firstOfRow: [] }
  for (let y = 0; y < height; y++) {
    runs.firstOfRow.push(runs.start.length)
    const line = y * width
    let x = 0
    while (x < width) {
      const start = x
      const inside = levels[line + x]! > level
      do x++
      while (x < width && levels[line + x]! > level === inside)
      const run = runs.start.length
      const atEdge = y === 0 || y === height - 1 || start === 0 || x === width
      runs.start.push(start)
      runs.end.push(x)
      runs.row.push(y)
      runs.inside.push(inside)
      runs.parent.push(!inside && atEdge ? 0 : run)
    }
  }
  runs.firstOfRow.push(runs.start.length)
  return runs
}

/** Joins the runs of rows y - 1 and y: 8-connected inside and 4-connected outside, so that a closed ring has an inside. */
function joinRows({ end, inside, parent, firstOfRow }: Runs, y: number): void {
  const stop = firstOfRow[y + 1]!
  let above = firstOfRow[y - 1]!
  let here = firstOfRow[y]!
  while (here < stop) {
    if (inside[above] === inside[here]) join(parent, above, here)
    const difference = end[above]! - end[here]!
    if (difference === 0 && here + 1 < stop && inside[above] !== inside[here]) {
      // Two runs inside that touch at a corner: one ends where the other, a row on, begins.
      if (inside[above]) join(parent, above, here + 1)
      else join(parent, above + 1, here)
    }
    if (difference <= 0) above++
    if (difference >= 0) here++
  }
}

/** Whether the component that begins with this run lies in the open, not in a hole of another component. */
function inTheOpen({ start, end, row, parent, firstOfRow }: Runs, run: number): boolean {
  const y = row[run]!
  if (y === 0) return true
  let above = firstOfRow[y - 1]!
  while (end[above]! <= start[run]!) above++
  return rootOf(parent, above) === 0
}

const byCorners = (a: Box, b: Box) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]

/**
 * Bounding boxes `[xmin, ymin, xmin + width, ymin + height]` of the 8-connected components of the pixels whose level is greater than
 * `level`, without those in a hole of another component, sorted by their corners.
 *
 * @param levels `[height, width]`
 */
export function componentBoxes(levels: Uint8Array, width: number, height: number, level: number): Box[] {
  const runs = scan(levels, width, height, level)
  for (let y = 1; y < height; y++) joinRows(runs, y)
  const boxes = new Map<number, [number, number, number, number]>()
  for (let run = 1; run < runs.start.length; run++) {
    if (!runs.inside[run]) continue
    const root = rootOf(runs.parent, run)
    const [left, top, right] = [runs.start[run]!, runs.row[run]!, runs.end[run]!]
    const box = boxes.get(root)
    if (box === undefined) boxes.set(root, [left, top, right, top + 1])
    else {
      box[0] = Math.min(box[0], left)
      box[2] = Math.max(box[2], right)
      box[3] = top + 1
    }
  }
  return [...boxes]
    .filter(([root]) => inTheOpen(runs, root))
    .map(([, box]) => box)
    .sort(byCorners)
}
