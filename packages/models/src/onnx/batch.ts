import { broadcast, isFixed, reshape, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'

/**
 * Where the images of a batch lie in a tensor: on one axis, in which the entries of one image are `inner` at a time. `[batch * heads, …]`
 * has them on axis 0 with `inner` heads.
 */
export interface BatchPlace {
  readonly axis: number
  readonly inner: number
}

/**
 * For files in which a batch of one image is written down. Their shapes are those of one image; where the batch lies is followed from
 * the image on, and written shapes are multiplied there.
 */
export interface Batching {
  /** The shape that one image would have. */
  oneImage(t: Tensor): Shape
  /** The shape for the whole batch of a tensor that is viewed as `shape` when it is of one image. */
  reshaped(t: Tensor, shape: Shape): Shape
  /** The shape for the whole batch of a tensor that is repeated to `shape` when it is of one image. */
  repeated(t: Tensor, shape: Shape): Shape
  /** What is the same for each image and has their axis too, as it is for the whole batch of another tensor. */
  alike(fixed: Tensor, t: Tensor): Tensor
}

/** For files that leave the batch open, and for one image: shapes are what they are. */
export const asWritten: Batching = {
  oneImage: t => t.shape,
  reshaped: (_, shape) => shape,
  repeated: (_, shape) => shape,
  alike: fixed => fixed,
}

/** Follows where the images of a batch lie, from the image on. */
export function batchPlaces(batch: number): (t: Tensor) => BatchPlace | undefined {
  const places = new WeakMap<Tensor, BatchPlace | 'unknown'>()

  /** Where the batch lies in a tensor that depends on the image. */
  function placeOf(t: Tensor): BatchPlace | undefined {
    const pending = [t]
    for (let node = pending.at(-1); node; node = pending.at(-1)) {
      const open = places.has(node) ? [] : node.inputs.filter(operand => !isFixed(operand) && !places.has(operand))
      if (open.length > 0) {
        pending.push(...open)
        continue
      }
      pending.pop()
      if (!places.has(node)) places.set(node, step(node) ?? 'unknown')
    }
    const place = places.get(t)
    return place === 'unknown' ? undefined : place
  }

  function step(node: Tensor): BatchPlace | undefined {
    if (node.op === 'input') return { axis: 0, inner: 1 }
    const source = node.inputs.find(operand => !isFixed(operand) && places.get(operand) !== 'unknown')
    const place = source && places.get(source)
    if (!source || !place || place === 'unknown') return undefined
    if (node.op === 'transpose') return { ...place, axis: node.params.permutation.indexOf(place.axis) }
    if (node.op === 'reshape') return placeIn(node.shape, strideOf(source.shape, place), batch)
    // Windows are made of the last axes.
    if (node.op === 'unfold') return place
    return { ...place, axis: place.axis + node.shape.length - source.shape.length }
  }

  return placeOf
}

/**
 * Of several axes of size 1 in which a batch may lie, which one it is: a file does not tell `[1 token, batch, width]` from
 * `[batch, 1 token, width]`.
 */
export type Preference = 'first' | 'last'

export function writtenForOne(batch: number, preference: Preference): Batching {
  const placeOf = batchPlaces(batch)
  const known = (t: Tensor): BatchPlace => {
    const place = placeOf(t)
    if (place) return place
    throw new ModelError(
      `where the images of a batch lie in [${t.shape.join(', ')}] is not known: export the model with its batch left open`,
    )
  }

  return {
    oneImage(t) {
      if (isFixed(t)) return t.shape
      const { axis } = known(t)
      return t.shape.with(axis, (t.shape[axis] ?? batch) / batch)
    },
    reshaped: (t, shape) => (isFixed(t) ? shape : multiplied(shape, strideOf(t.shape, known(t)), batch, preference)),
    repeated(t, shape) {
      if (isFixed(t)) return shape
      const { axis } = known(t)
      const at = axis + shape.length - t.shape.length
      const whole = t.shape[axis] ?? batch
      return shape[at] === whole / batch ? shape.with(at, whole) : shape
    },
    alike(fixed, t) {
      const { axis, inner } = known(t)
      const at = axis + fixed.shape.length - t.shape.length
      const [own, whole] = [fixed.shape[at], t.shape[axis] ?? batch]
      if (own === undefined || own === whole || own * batch !== whole) return fixed
      const apart = [...fixed.shape.slice(0, at), own / inner, 1, inner, ...fixed.shape.slice(at + 1)]
      return reshape(broadcast(reshape(fixed, apart), apart.with(at + 1, batch)), fixed.shape.with(at, whole))
    },
  }
}

/** How many numbers lie between two images. */
const strideOf = (shape: Shape, { axis, inner }: BatchPlace): number => inner * sizeOf(shape.slice(axis + 1))

/** The place in a shape of a whole batch in which images are `stride` numbers apart. */
function placeIn(shape: Shape, stride: number, batch: number): BatchPlace | undefined {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const after = sizeOf(shape.slice(axis + 1))
    const inner = stride / after
    if (Number.isInteger(inner) && (shape[axis] ?? 1) % (inner * batch) === 0) return { axis, inner }
  }
  return undefined
}

/**
 * A shape of one image, multiplied where the images of a batch are `stride` numbers apart. Where they lie between two axes, they belong to
 * the one behind, as in `[tokens, batch * heads, size]`, but not to the last one, which has the channels of a token.
 */
function multiplied(shape: Shape, stride: number, batch: number, preference: Preference): Shape {
  const behind = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const times = (axis: number) => shape.with(axis, (shape[axis] ?? 1) * batch)
  const isOwn = (n: number, axis: number) => n === 1 && behind[axis] === stride
  const own = preference === 'first' ? shape.findIndex(isOwn) : shape.findLastIndex(isOwn)
  if (own >= 0) return times(own)
  const inside = shape.findIndex((n, axis) => {
    const inner = stride / (behind[axis] ?? 1)
    return Number.isInteger(inner) && n % inner === 0
  })
  if (inside < 0)
    throw new ModelError(
      `[${shape.join(', ')}] is written for one image and cannot hold a batch: export the model with its batch left open`,
    )
  const between = behind[inside] === stride && (shape[inside] ?? 1) > 1
  const next = inside + 1
  return times(between && next < shape.length - 1 && (shape[next] ?? 1) > 1 ? next : inside)
}
