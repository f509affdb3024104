import * as t from '@vitrine/tensor'
import { dim, isFixed, only, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'

/*
 * Heads are split off, tokens are stacked and turned in as many ways as there are exporters. What only moves numbers is put in one form
 * here: the source's axes split, then put in another order, then joined. Reshapes and transpositions in a row become at most one of each.
 */

/** A part of an axis of the source. Parts of one axis are its digits, the most significant first. */
interface Part {
  readonly size: number
}

interface View {
  readonly source: Tensor
  /** The source's axes, split; in its order. */
  readonly parts: readonly Part[]
  /** For each axis of the view the parts that are joined in it. */
  readonly axes: readonly (readonly Part[])[]
}

/** How a tensor is a view of another one; undefined where an axis is cut at a place that no part ends at. */
function viewOf(x: Tensor): View | undefined {
  const moves: Tensor[] = []
  let source = x
  while (source.op === 'reshape' || source.op === 'transpose') {
    moves.unshift(source)
    source = only(source)
  }
  let parts: readonly Part[] = source.shape.map(size => ({ size }))
  let axes: readonly (readonly Part[])[] = parts.map(part => (part.size === 1 ? [] : [part]))
  for (const move of moves) {
    if (move.op === 'transpose') axes = move.params.permutation.map(axis => axes[axis] ?? [])
    else {
      const split = regrouped(axes.flat(), move.shape)
      if (!split) return undefined
      axes = split.axes
      parts = parts.flatMap(part => split.pieces.get(part) ?? [part])
    }
  }
  return { source, parts: parts.filter(({ size }) => size !== 1), axes }
}

interface Regrouped {
  readonly axes: readonly (readonly Part[])[]
  /** What parts were split into. */
  readonly pieces: ReadonlyMap<Part, readonly Part[]>
}

/** Parts in their order as the axes of a shape; some are split for it. */
function regrouped(parts: readonly Part[], shape: Shape): Regrouped | undefined {
  const rest = [...parts]
  const pieces = new Map<Part, readonly Part[]>()
  const origin = new Map<Part, Part>()
  const axes: Part[][] = []
  for (const size of shape) {
    const axis: Part[] = []
    for (let left = size; left > 1; ) {
      const part = rest.shift()
      if (!part) return undefined
      if (left % part.size === 0) {
        axis.push(part)
        left /= part.size
        continue
      }
      if (part.size % left !== 0) return undefined
      const [first, second] = [{ size: left }, { size: part.size / left }]
      const whole = origin.get(part) ?? part
      const before = pieces.get(whole) ?? [part]
      pieces.set(
        whole,
        before.flatMap(piece => (piece === part ? [first, second] : [piece])),
      )
      origin.set(first, whole).set(second, whole)
      rest.unshift(second)
      axis.push(first)
      left = 1
    }
    axes.push(axis)
  }
  return { axes, pieces }
}

/** The tensor of a view: split, turned, joined. One image keeps its axis, as several do. */
function made({ source, parts, axes }: View): Tensor {
  const shape = axes.map(axis => sizeOf(axis.map(({ size }) => size)))
  const order = axes.flat()
  const whole = joinedParts(parts, axes)
  const sequence = whole
    .filter(([first]) => first !== undefined)
    .toSorted((a, b) => order.indexOf(first(a)) - order.indexOf(first(b)))
  const permutation = sequence.map(group => whole.indexOf(group))
  if (permutation.every((at, i) => at === i)) return t.reshape(source, shape)
  const sizes = whole.map(group => sizeOf(group.map(({ size }) => size)))
  const one = source.shape[0] === 1
  const split = t.reshape(source, one ? [1, ...sizes] : sizes)
  return t.reshape(t.transpose(split, one ? [0, ...permutation.map(at => at + 1)] : permutation), shape)
}

const first = (group: readonly Part[]): Part => group[0] ?? { size: 1 }

/** Parts in the order of the source; those that follow each other there and in one axis of the view are one. */
function joinedParts(parts: readonly Part[], axes: readonly (readonly Part[])[]): readonly (readonly Part[])[] {
  const next = new Map(axes.flatMap(axis => axis.slice(1).map((part, i) => [axis[i], part] as const)))
  const groups: Part[][] = []
  for (const part of parts) {
    const last = groups.at(-1)
    if (last && next.get(last.at(-1)) === part) last.push(part)
    else groups.push([part])
  }
  return groups
}

/** A view in its one form. */
function normal(x: Tensor): Tensor {
  const view = isFixed(x) ? undefined : viewOf(x)
  return view ? made(view) : x
}

export const reshape = (x: Tensor, shape: Shape): Tensor => normal(t.reshape(x, shape))

export const transpose = (x: Tensor, permutation: readonly number[]): Tensor => normal(t.transpose(x, permutation))

/** Entries `[start, end)` of an axis, taken where the tensor was made: queries, keys and values are parts of one product. */
export function sliceAxis(x: Tensor, axis: number, start: number, end: number): Tensor {
  const view = isFixed(x) || (start === 0 && end === dim(x.shape, axis)) ? undefined : viewOf(x)
  const [part, ...others] = view?.axes[axis] ?? []
  const at = view && part && others.length === 0 ? view.parts.indexOf(part) : -1
  if (!view || !part || at < 0) return t.sliceAxis(x, axis, start, end)
  const cut = cutSource(view, at, start, end)
  if (!cut) return t.sliceAxis(x, axis, start, end)
  const kept = { size: end - start }
  const replaced = (list: readonly Part[]): readonly Part[] => list.map(one => (one === part ? kept : one))
  const sized = (list: readonly Part[]): readonly Part[] => replaced(list).filter(({ size }) => size !== 1)
  return made({ source: cut, parts: sized(view.parts), axes: view.axes.map(sized) })
}

/** The source with some entries of a part, which must be the first of its last axis. */
function cutSource({ source, parts }: View, at: number, start: number, end: number): Tensor | undefined {
  const each = sizeOf(parts.slice(at + 1).map(({ size }) => size))
  const width = (parts[at]?.size ?? 1) * each
  return width === source.shape.at(-1) ? t.sliceAxis(source, -1, start * each, end * each) : undefined
}

/**
 * A function of each row on its own, computed with the tokens of each image side by side, in the order of the source, whatever order and
 * stacking the graph has: `[tokens, batch, width]` and `[batch * tokens, width]` are views of `[batch, tokens, width]`.
 */
export function byRows(x: Tensor, f: (rows: Tensor) => Tensor): Tensor {
  if (isFixed(x) || x.shape.length < 2 || (x.op !== 'reshape' && x.op !== 'transpose')) return f(x)
  const view = viewOf(x)
  const columns = view?.axes.at(-1) ?? []
  if (!view || (view.source.shape.length === 2 && x.op === 'reshape')) return f(x)
  const rows = view.axes.slice(0, -1).flat()
  const sorted = rows.toSorted((a, b) => view.parts.indexOf(a) - view.parts.indexOf(b))
  const { length: rank } = view.source.shape
  const isStacked = x.op === 'reshape' && rank > 2 && (x.shape.length === 2 || rank === 3)
  const isTurned = sorted.some((part, i) => part !== rows[i])
  if (!isStacked && !isTurned) return f(x)
  const tokens = made({ source: view.source, parts: view.parts, axes: tokenAxes(view, sorted, columns) })
  const y = f(tokens)
  const out = dim(y.shape, -1)
  // Back to where the graph has its rows.
  const apart = t.reshape(y, [...sorted.map(({ size }) => size), out])
  const back = t.transpose(apart, [...rows.map(part => sorted.indexOf(part)), sorted.length])
  return normal(t.reshape(back, [...x.shape.slice(0, -1), out]))
}

/** `[batch, tokens, width]` where images are the source's first axis, else an axis for each part. */
function tokenAxes({ source }: View, rows: readonly Part[], columns: readonly Part[]): readonly (readonly Part[])[] {
  if (source.shape[0] === 1) return [[], rows, columns]
  const [images, ...tokens] = rows
  return images && images.size === source.shape[0]
    ? [[images], tokens, columns]
    : [...rows.map(part => [part]), columns]
}

/** Whether the last axis of a view is not the channels of its source, as in feature maps, `[batch, channels, height, width]`. */
function movesChannels(x: Tensor): boolean {
  const view = isFixed(x) || (x.op !== 'reshape' && x.op !== 'transpose') ? undefined : viewOf(x)
  const channels = view?.parts.at(-1)
  return channels !== undefined && view?.axes.at(-1)?.at(-1) !== channels
}

/**
 * A function of each number of some tensors, computed of what they are views of, where all are the same view and it moves channels away from
 * the last axis; undefined for other tensors.
 */
export function atSource(tensors: readonly Tensor[], f: (...sources: Tensor[]) => Tensor): Tensor | undefined {
  const [first] = tensors
  return first && movesChannels(first) ? viewedAlike(tensors, f) : undefined
}

function viewedAlike(tensors: readonly Tensor[], f: (...sources: Tensor[]) => Tensor): Tensor | undefined {
  const [first] = tensors
  if (!first || tensors.some(x => `${x.shape}` !== `${first.shape}`)) return undefined
  if (first.op !== 'reshape' && first.op !== 'transpose') return f(...tensors)
  const order = first.op === 'transpose' ? first.params.permutation : undefined
  const isSame = (x: Tensor) => x.op === first.op && (x.op !== 'transpose' || `${x.params.permutation}` === `${order}`)
  const made = tensors.every(isSame) ? viewedAlike(tensors.map(only), f) : undefined
  return made && (order ? t.transpose(made, order) : t.reshape(made, first.shape))
}
