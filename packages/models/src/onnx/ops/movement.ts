import * as t from '@vitrine/tensor'
import { dim, isFixed, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../../errors.ts'
import { reshape, sliceAxis, transpose } from '../canonical-views.ts'
import { LIMITS } from '../limits.ts'
import { axisOf, type Operation, type Translation, type Translations } from '../operation.ts'
import { asTensor, isNumbers, moved, type Numbers, numbers, type Value, viewed } from '../values.ts'

const view = (x: Value, shape: Shape): Value => viewed(x, shape, reshape)

/** The shape of a value, as a file sees it whose batch of one is written down. */
const shapeOf = (operation: Operation, x: Value): Shape =>
  isNumbers(x) ? x.shape : operation.graph.batching.oneImage(x)

/** Another shape for one image becomes one for all. */
const reshapeTo = (operation: Operation, x: Value, shape: Shape): Value =>
  view(x, isNumbers(x) ? shape : operation.graph.batching.reshaped(x, shape))

const Reshape: Translation = operation => {
  const x = operation.value(0)
  const from = shapeOf(operation, x)
  const asked = Array.from(operation.numbers(1, 'a shape').data)
  const keepsZero = operation.int('allowzero', 0) === 1
  const sizes = asked.map((n, axis) => (n === 0 && !keepsZero ? dim(from, axis) : n))
  const known = sizes.filter(n => n >= 0).reduce((product, n) => product * n, 1)
  const open = sizes.filter(n => n < 0).length
  const rest = open === 1 ? sizeOf(from) / known : 1
  if (open > 1 || !Number.isInteger(rest) || known * rest !== sizeOf(from))
    throw new ModelError(`cannot view [${from.join(', ')}] as [${asked.join(', ')}]`)
  return reshapeTo(
    operation,
    x,
    sizes.map(n => (n < 0 ? rest : n)),
  )
}

const Flatten: Translation = operation => {
  const x = operation.value(0)
  const shape = shapeOf(operation, x)
  const at = operation.int('axis', 1)
  const axis = at < 0 ? at + shape.length : at
  return reshapeTo(operation, x, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])
}

const Squeeze: Translation = operation => {
  const x = operation.value(0)
  const shape = shapeOf(operation, x)
  const said = operation.list(1, 'axes')?.map(axis => axisOf(axis, shape.length))
  const axes = said ?? shape.flatMap((n, axis) => (n === 1 ? [axis] : []))
  return reshapeTo(
    operation,
    x,
    shape.filter((_, axis) => !axes.includes(axis)),
  )
}

const Unsqueeze: Translation = operation => {
  const x = operation.value(0)
  const shape = [...shapeOf(operation, x)]
  const axes = operation.list(1, 'axes') ?? []
  if (shape.length + axes.length > LIMITS.rank) throw new ModelError(`expected at most ${LIMITS.rank} axes`)
  const rank = shape.length + axes.length
  for (const axis of axes.map(axis => axisOf(axis, rank)).sort((a, b) => a - b)) shape.splice(axis, 0, 1)
  return reshapeTo(operation, x, shape)
}

const Transpose: Translation = operation => {
  const x = operation.value(0)
  const order = operation.ints('perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i)
  return moved(x, of => transpose(of, order))
}

const isEmpty = (x: Value): boolean => sizeOf(x.shape) === 0

const Concat: Translation = operation => {
  const parts = Array.from({ length: operation.operands }, (_, i) => operation.value(i)).filter(x => !isEmpty(x))
  const [first] = parts
  if (!first) return operation.value(0)
  const axis = axisOf(operation.int('axis'), first.shape.length)
  if (parts.every(isNumbers)) {
    const whole = t.concat(parts.map(asTensor), axis)
    return {
      kind: parts[0]?.kind ?? 'int',
      shape: whole.shape,
      data: (moved(numbers([0]), () => whole) as Numbers).data,
    }
  }
  return t.concat(withBatch(operation, parts.map(asTensor)), axis)
}

/** What is the same for each image, such as a class token, is repeated where a file that is written for one image does not. */
function withBatch({ graph: { batching } }: Operation, parts: readonly Tensor[]): readonly Tensor[] {
  const ofImage = parts.find(part => !isFixed(part))
  return ofImage ? parts.map(part => (isFixed(part) ? batching.alike(part, ofImage) : part)) : parts
}

const Expand: Translation = operation => {
  const x = operation.value(0)
  const asked = Array.from(operation.numbers(1, 'a shape').data)
  if (isNumbers(x)) return repeated(x, t.broadcastShapes('broadcast', x.shape, asked))
  const { batching } = operation.graph
  const shape = t.broadcastShapes('broadcast', batching.oneImage(x), asked)
  return t.broadcast(x, t.broadcastShapes('broadcast', x.shape, batching.repeated(x, shape)))
}

/** Floats are repeated by the program where they would be many. */
const repeated = (x: Value, shape: Shape): Value =>
  isNumbers(x) && x.kind === 'float' && sizeOf(shape) > 4096
    ? t.broadcast(asTensor(x), shape)
    : moved(x, of => t.broadcast(of, shape))

const Tile: Translation = operation => {
  const repeats = operation.numbers(1, 'repeats').data
  const tile = (x: Tensor): Tensor =>
    repeats.reduce((tiled, times, axis) => {
      const { shape } = tiled
      if (times === 1) return tiled
      const apart = [...shape.slice(0, axis), 1, ...shape.slice(axis)]
      return t.reshape(
        t.broadcast(t.reshape(tiled, apart), apart.with(axis, times)),
        shape.with(axis, dim(shape, axis) * times),
      )
    }, x)
  const x = operation.value(0)
  if (sizeOf(x.shape) * repeats.reduce((product, n) => product * n, 1) > LIMITS.elements)
    throw new ModelError(
      `[${x.shape.join(', ')}] ${[...repeats].join(' x ')} times is more than ${LIMITS.elements} elements`,
    )
  return moved(x, tile)
}

/** The entries of a slice, as Python counts them. */
function entriesOf(size: number, start: number, end: number, step: number): readonly number[] {
  if (step === 0) throw new ModelError('a step of 0')
  const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
  const [from, to] =
    step > 0 ? [clamp(start, 0, size), clamp(end, 0, size)] : [clamp(start, 0, size - 1), clamp(end, -1, size - 1)]
  const count = Math.max(0, Math.ceil((to - from) / step))
  return Array.from({ length: count }, (_, i) => from + i * step)
}

const Slice: Translation = operation => {
  const [starts, ends] = [operation.list(1, 'starts') ?? [], operation.list(2, 'ends') ?? []]
  const x = operation.value(0)
  const axes = operation.list(3, 'axes') ?? starts.map((_, i) => i)
  const steps = operation.has(4) ? Array.from(operation.numbers(4, 'steps').data) : []
  return axes.reduce<Value>((part, named, i) => {
    const axis = axisOf(named, part.shape.length)
    return taken(part, entriesOf(dim(part.shape, axis), dim(starts, i), dim(ends, i), steps[i] ?? 1), axis)
  }, x)
}

/** Some entries of an axis, in the order of a list. */
function taken(x: Value, entries: readonly number[], axis: number): Value {
  const [first] = entries
  // What is empty is dropped where it is joined to something.
  if (first === undefined) return numbers([], x.shape.with(axis, 0), isNumbers(x) ? x.kind : 'float')
  const inARow = entries.every((entry, i) => entry === first + i)
  return moved(x, of =>
    inARow ? sliceAxis(of, axis, first, first + entries.length) : t.gather(of, t.indices(entries), axis),
  )
}

const Gather: Translation = operation => {
  const x = operation.value(0)
  const { shape, data } = operation.numbers(1, 'which entries are taken')
  const axis = axisOf(operation.int('axis', 0), x.shape.length)
  const size = dim(x.shape, axis)
  const entries = Array.from(data, entry => (entry < 0 ? entry + size : entry))
  const outside = entries.find(entry => !Number.isInteger(entry) || entry < 0 || entry >= size)
  if (outside !== undefined) throw new ModelError(`entry ${outside} of ${size}`)
  return view(taken(x, entries, axis), [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)])
}

/** Entries by their places on the first axes, `[…, axes]`: one entry of what these axes are together. */
const GatherND: Translation = operation => {
  const x = operation.value(0)
  if (operation.int('batch_dims', 0) !== 0) throw new ModelError('entries that differ from image to image are not read')
  const { shape, data } = operation.numbers(1, 'which entries are taken')
  const axes = shape.at(-1) ?? 0
  const [first, rest] = [x.shape.slice(0, axes), x.shape.slice(axes)]
  if (axes < 1 || axes > x.shape.length) throw new ModelError(`places on ${axes} of ${x.shape.length} axes`)
  const entries = Array.from({ length: data.length / axes }, (_, i) =>
    first.reduce((flat, size, axis) => {
      const at = data[i * axes + axis] ?? 0
      const place = at < 0 ? at + size : at
      if (!Number.isInteger(place) || place < 0 || place >= size) throw new ModelError(`entry ${at} of ${size}`)
      return flat * size + place
    }, 0),
  )
  return view(taken(view(x, [sizeOf(first), ...rest]), entries, 0), [...shape.slice(0, -1), ...rest])
}

const Split: Translation = operation => {
  const x = operation.value(0)
  const axis = axisOf(operation.int('axis', 0), x.shape.length)
  const size = dim(x.shape, axis)
  const each = Math.ceil(size / operation.results)
  const parts =
    operation.list(1, 'split') ?? Array.from({ length: operation.results }, (_, i) => Math.min(each, size - i * each))
  let at = 0
  return parts.map(part => {
    const start = at
    at += part
    if (at > size) throw new ModelError(`parts of ${parts.join(', ')} are more than ${size}`)
    return taken(
      x,
      Array.from({ length: part }, (_, i) => start + i),
      axis,
    )
  })
}

const Pad: Translation = operation => {
  const x = operation.value(0)
  const rank = x.shape.length
  const amounts = operation.list(1, 'pads') ?? []
  const said = operation.has(3) ? Array.from(operation.numbers(3, 'axes').data) : x.shape.map((_, axis) => axis)
  const axes = said.map(axis => axisOf(axis, rank))
  const fill = operation.has(2) ? operation.numbers(2, 'the padding').data[0] : operation.float('value', 0)
  const [before, after] = [0, axes.length].map(from => {
    const all = x.shape.map(() => 0)
    for (const [i, axis] of axes.entries()) all[axis] = amounts[from + i] ?? 0
    return all
  })
  if (!before || !after || [...before, ...after].every(n => n === 0)) return x
  if (operation.text('mode', 'constant') !== 'constant' || fill !== 0)
    throw new ModelError('padding that is not with zeros is not read')
  const inside = x.shape.map((n, axis): [number, number] => [
    Math.max(0, -dim(before, axis)),
    n - Math.max(0, -dim(after, axis)),
  ])
  return moved(x, of =>
    t.pad(
      t.slice(of, inside),
      before.map(n => Math.max(n, 0)),
      after.map(n => Math.max(n, 0)),
    ),
  )
}

/** Ops that view, move, repeat or choose numbers. */
export const movement: Translations = {
  Concat,
  Dropout: operation => operation.value(0),
  Expand,
  Flatten,
  Gather,
  GatherND,
  Identity: operation => operation.value(0),
  Pad,
  Reshape,
  Slice,
  Split,
  Squeeze,
  Tile,
  Transpose,
  Unsqueeze,
}
