import {
  dim,
  isFixed,
  only,
  operandsOf,
  pixelPlaces,
  type Shape,
  sameNumbers,
  sizeOf,
  type Tensor,
  type TensorOf,
  type Windows,
  windowCounts,
  windowPixels,
  windowReach,
  windowSize,
} from '@vitrine/tensor'
import type { Graph, Value } from './graph.ts'
import type { Leaves, Step } from './step.ts'

/*
 * ONNX Runtime has convolutions in float32: the product of what windows see and a fixed weight is one, and the fold of a product one that
 * is transposed. Everything else, and all in double, gathers pixels by their number.
 */

/** Pixels of all windows, gathered. */
export function gathered(node: TensorOf<'unfold'>): Step {
  const x = only(node)
  const [channels, height, width] = [dim(x.shape, -3), dim(x.shape, -2), dim(x.shape, -1)]
  const images = sizeOf(x.shape.slice(0, -3))
  const pixels = windowPixels([height, width], node.params)
  const size = windowSize(node.params)
  return {
    reads: [x],
    emit(g, [v = '']) {
      const seen = g.op('Gather', [g.reshape(v, [images, channels, height * width]), g.ints([...pixels])], { axis: 2 })
      const apart = g.reshape(seen, [images, channels, pixels.length / size, size])
      return g.reshape(g.op('Transpose', [apart], { perm: [0, 2, 1, 3] }), node.shape)
    },
  }
}

/** For each pixel the places where it is seen, gathered and added. */
function scattered(node: TensorOf<'fold'>): Step {
  const y = only(node)
  const { size } = node.params
  const channels = dim(node.shape, -3)
  const images = sizeOf(node.shape.slice(0, -3))
  const { most, places } = pixelPlaces(size, node.params)
  const [count, each] = [dim(y.shape, -2), windowSize(node.params)]
  return {
    reads: [y],
    emit(g, [v = '']) {
      const apart = g.reshape(v, [images, count, channels, each])
      const rows = g.reshape(g.op('Transpose', [apart], { perm: [0, 2, 1, 3] }), [images, channels, count * each])
      // Places that are too many read a zero behind the rows.
      const ended = g.op('Pad', [rows, g.ints([0, 0, 0, 0, 0, 1])])
      const terms = g.reshape(g.op('Gather', [ended, g.ints([...places])], { axis: 2 }), [
        images,
        channels,
        places.length / most,
        most,
      ])
      return g.reshape(g.op('ReduceSum', [terms, g.ints([3])], { keepdims: 0 }), node.shape)
    },
  }
}

/** A fixed weight `[groups, features of a group, channels of a group * rows * columns]`, or of one group without its axis. */
interface Filters {
  /** As it is stored. */
  readonly weight: Tensor
  readonly groups: number
  /** Of a group. */
  readonly features: number
  readonly channels: number
}

function filtersOf(weight: Tensor, { shape }: Tensor, windows: Windows): Filters | undefined {
  const rank = weight.shape.length
  // [batch, windows, …] has one group, [batch, groups, windows, …] several.
  if (!isFixed(weight) || rank !== shape.length - 1 || (rank !== 2 && rank !== 3)) return undefined
  const groups = rank === 2 ? 1 : dim(weight.shape, 0)
  if (rank === 3 && dim(shape, 1) !== groups) return undefined
  return { weight, groups, features: dim(weight.shape, -2), channels: dim(weight.shape, -1) / windowSize(windows) }
}

const attributesOf = ({ kernel, strides, dilations }: Windows, group: number) => ({
  kernel_shape: kernel,
  strides,
  dilations,
  group,
})

const shaped = (g: Graph, v: Value, from: Shape, to: Shape): Value => (sameNumbers(from, to) ? v : g.reshape(v, to))

/** The weight as `[features, channels of a group, rows, columns]`: one that is stored is the same bytes under another shape. */
function filterOf({ weight, groups, features, channels }: Filters, { kernel }: Windows) {
  const shape = [groups * features, channels, ...kernel]
  return {
    reads: weight.op === 'parameter' ? [] : [weight],
    value: (g: Graph, leaves: Leaves, [w = '']: readonly Value[]): Value =>
      weight.op === 'parameter' ? leaves.parameter(weight, shape) : shaped(g, w, weight.shape, shape),
  }
}

/** `Conv` for a product of an `unfold` and a fixed weight, and what is added to each feature, if it is. */
export function convolution(node: TensorOf<'matmul'>, bias?: Tensor): Step | undefined {
  const [rows, weight] = operandsOf(node)
  if (rows.op !== 'unfold' || node.params.transposeA || !node.params.transposeB) return undefined
  const filters = filtersOf(weight, rows, rows.params)
  if (!filters || (bias && filters.groups > 1)) return undefined
  const { image: seen, pads } = unpadded(only(rows))
  const { groups, features, channels } = filters
  const shape = [dim(rows.shape, 0), groups * channels, dim(seen.shape, -2), dim(seen.shape, -1)]
  // What was viewed in groups is read as it was.
  const image = seen.op === 'reshape' && sameNumbers(only(seen).shape, shape) ? only(seen) : seen
  const [down, across] = windowCounts([dim(only(rows).shape, -2), dim(only(rows).shape, -1)], rows.params)
  const [batch = 1] = shape
  const filter = filterOf(filters, rows.params)
  return {
    reads: [image, ...(bias ? [bias] : []), ...filter.reads],
    emit(g, [x = '', ...others], leaves) {
      const [b, w] = bias ? [others[0], others.slice(1)] : [undefined, others]
      const added = b === undefined ? [] : [bias?.shape.length === 1 ? b : g.reshape(b, [features])]
      const attributes = { ...attributesOf(rows.params, groups), pads }
      const y = g.op('Conv', [shaped(g, x, image.shape, shape), filter.value(g, leaves, w), ...added], attributes)
      return asRows(g, y, [batch, groups, features, down * across], node.shape)
    },
  }
}

/** `ConvTranspose` for the fold of a product with a fixed weight, else the general way. */
export function folding(node: TensorOf<'fold'>, convolves: boolean): Step {
  return (convolves ? transposedConvolution(node) : undefined) ?? scattered(node)
}

function transposedConvolution(node: TensorOf<'fold'>): Step | undefined {
  const product = only(node)
  if (product.op !== 'matmul' || product.params.transposeA || product.params.transposeB) return undefined
  const [rows, weight] = operandsOf(product)
  const filters = filtersOf(weight, rows, node.params)
  if (!filters) return undefined
  const { groups, features } = filters
  const { strides, size } = node.params
  const [down, across] = windowCounts(size, node.params)
  const batch = dim(rows.shape, 0)
  // Pixels behind the last window.
  const behind = (axis: 0 | 1, count: number): number =>
    size[axis] - (count - 1) * strides[axis] - windowReach(node.params, axis)
  const filter = filterOf(filters, node.params)
  return {
    reads: [rows, ...filter.reads],
    emit(g, [y = '', ...w], leaves) {
      const images = asImages(g, y, rows.shape, [batch, groups * features, down, across])
      const attributes = { ...attributesOf(node.params, groups), output_padding: [behind(0, down), behind(1, across)] }
      return g.reshape(g.op('ConvTranspose', [images, filter.value(g, leaves, w)], attributes), node.shape)
    },
  }
}

/** Zeros around rows and columns, as an attribute of `Conv`. */
function unpadded(x: Tensor): { readonly image: Tensor; readonly pads: readonly number[] } {
  if (x.op !== 'pad') return { image: x, pads: [0, 0, 0, 0] }
  const { before, after } = x.params
  if ([...before.slice(0, -2), ...after.slice(0, -2)].some(n => n > 0)) return { image: x, pads: [0, 0, 0, 0] }
  return { image: only(x), pads: [...before.slice(-2), ...after.slice(-2)] }
}

/** `[batch, groups * features, down, across]` as `[batch, windows, features]`, or `[batch, groups, windows, features]`. */
function asRows(
  g: Graph,
  y: Value,
  [batch, groups, features, windows]: readonly [number, number, number, number],
  shape: Shape,
): Value {
  if (features === 1) return g.reshape(y, shape)
  const apart = g.reshape(y, shape.length === 3 ? [batch, features, windows] : [batch, groups, features, windows])
  return g.op('Transpose', [apart], { perm: shape.length === 3 ? [0, 2, 1] : [0, 1, 3, 2] })
}

function asImages(g: Graph, y: Value, shape: Shape, image: Shape): Value {
  if (shape.at(-1) === 1) return g.reshape(y, image)
  return g.reshape(g.op('Transpose', [y], { perm: shape.length === 3 ? [0, 2, 1] : [0, 1, 3, 2] }), image)
}
