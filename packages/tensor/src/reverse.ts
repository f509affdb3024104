import { add } from './elementwise.ts'
import { topological } from './graph.ts'
import { concat, pad, zeros } from './movement.ts'
import type { Op, Shape, Tensor, TensorOf } from './ops.ts'
import { dim, only, ShapeError, sameNumbers, show } from './tensor.ts'
import { isWhole, type Seen, seenOn, UnusedTensorError, viewedAlike } from './views.ts'

/**
 * How a quantity at the output of an op is handed back to its operands: one tensor of the operand's shape each, or
 * undefined for none. The quantity is a cotangent for derivatives, a relevance for layer-wise relevance propagation.
 */
export type Rule<O extends Op = Op> = (handed: Tensor, node: TensorOf<O>) => readonly (Tensor | undefined)[]

/** A rule for every op; `null` says that nothing passes. */
export type Rules = { readonly [O in Op]: Rule<O> | null }

export interface ReverseOptions {
  /** Tensors that are not entered: what arrives there is not handed further back. A target that lies behind cuts only gets zeros. */
  readonly cut?: readonly Tensor[]
  /** Targets that the seeded outputs are not computed from get zeros, and such cuts are passed over. Without it both are errors. */
  readonly allowUnused?: boolean
  /** What becomes of the sum of what several consumers of `node` hand back; the sum itself if absent. */
  readonly join?: (sum: Tensor, node: Tensor) => Tensor
}

/**
 * Walks a graph from seeded outputs back to `targets` with one rule per op, and returns what arrives at each target. What arrives at one
 * tensor from several consumers is added. A target that the seeded outputs are not computed from, but that is a view (`reshape`,
 * `transpose`, `slice`) of a tensor that they are computed from, gets what arrives there, viewed alike.
 *
 * @throws UnusedTensorError for another target, or a cut, that they are not computed from, unless `allowUnused` says that zeros are meant
 */
export function reverse(
  seeds: ReadonlyMap<Tensor, Tensor>,
  targets: readonly Tensor[],
  rules: Rules,
  { cut = [], join = sum => sum, allowUnused = false }: ReverseOptions = {},
): Tensor[] {
  for (const [y, seed] of seeds)
    if (!sameNumbers(y.shape, seed.shape)) throw new ShapeError('grad', `seed ${show(seed.shape)} for ${show(y.shape)}`)
  const order = topological([...seeds.keys()])
  const onTheWay = new Set(order)
  const find = (t: Tensor, fits: (view: Seen) => boolean): Seen => {
    const view = seenOn(node => onTheWay.has(node), t)
    if (view && fits(view)) return view
    if (allowUnused) return { source: t, steps: [] }
    throw new UnusedTensorError('reverse', t, 'targets and cuts that the seeded outputs are computed from')
  }
  const seen = targets.map(t => find(t, () => true))
  const blocked = new Set(cut.map(t => find(t, isWhole).source))
  const leads = new Set(seen.map(({ source }) => source))
  for (const node of order) if (!blocked.has(node) && node.inputs.some(t => leads.has(t))) leads.add(node)

  const arrived = new Map<Tensor, Tensor[]>()
  for (const [y, seed] of seeds) arrived.set(y, [seed])
  const total = new Map<Tensor, Tensor>()
  for (const node of order.toReversed()) {
    const parts = arrived.get(node)
    if (!parts || !leads.has(node)) continue
    const handed = accumulate(parts, node, join)
    total.set(node, handed)
    const rule = rules[node.op] as Rule | null
    if (!rule || blocked.has(node) || !node.inputs.some(t => leads.has(t))) continue
    const back = rule(handed, node)
    node.inputs.forEach((operand, i) => {
      const part = back[i]
      if (!part || !leads.has(operand)) return
      if (!sameNumbers(part.shape, operand.shape))
        throw new ShapeError(node.op, `a rule handed ${show(part.shape)} to an operand of ${show(operand.shape)}`)
      const others = arrived.get(operand)
      if (others) others.push(part)
      else arrived.set(operand, [part])
    })
  }
  return seen.map(view => viewedAlike(view, total.get(view.source) ?? zeros(view.source.shape)))
}

function accumulate(parts: readonly Tensor[], node: Tensor, join: (sum: Tensor, node: Tensor) => Tensor): Tensor {
  const sum = () => parts.reduce((total, part) => add(total, part))
  return tiled(parts) ?? (parts.length === 1 ? sum() : join(sum(), node))
}

// Slices that together cover an axis (query, key and value of one product) hand back windows of it: side by side, not added.
function tiled(parts: readonly Tensor[]): Tensor | undefined {
  const [first] = parts
  if (!first || parts.length < 2) return undefined
  const padded = parts.filter(t => t.op === 'pad')
  if (padded.length < parts.length) return undefined
  const shape = first.shape
  const axis = shape.findIndex((n, i) => {
    const windows = padded.map(t => windowOn(t, i)).sort(([a], [b]) => a - b)
    return (
      windows.every(([start, end], k) => start === (windows[k - 1]?.[1] ?? 0) && end > start) &&
      windows.at(-1)?.[1] === n
    )
  })
  if (axis < 0) return undefined
  const ordered = padded.toSorted((a, b) => windowOn(a, axis)[0] - windowOn(b, axis)[0])
  return concat(
    ordered.map(t => pad(only(t), without(t.params.before, axis), without(t.params.after, axis))),
    axis,
  )
}

const windowOn = (t: TensorOf<'pad'>, axis: number): [number, number] => [
  dim(t.params.before, axis),
  dim(t.shape, axis) - dim(t.params.after, axis),
]

const without = (amounts: Shape, axis: number): number[] => amounts.map((n, i) => (i === axis ? 0 : n))
