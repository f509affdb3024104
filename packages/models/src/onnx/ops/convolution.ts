import * as t from '@vitrine/tensor'
import { dim, type Pair, sizeOf, type Tensor, type Windows } from '@vitrine/tensor'
import { pairwiseLinear } from '../../architecture/pairwise-linear.ts'
import { ModelError } from '../../errors.ts'
import { add, matmul } from '../canonical.ts'
import { asImage, tokensOf } from '../canonical-images.ts'
import { reshape, transpose } from '../canonical-views.ts'
import { LIMITS } from '../limits.ts'
import type { Operation, Translation, Translations } from '../operation.ts'

/** A convolution: a linear layer on what each window sees. */
const Conv: Translation = operation => {
  const [image, kernel] = [operation.tensor(0), operation.tensor(1)]
  const group = operation.int('group', 1)
  if (image.shape.length !== 4 || kernel.shape.length !== 4)
    throw new ModelError(`a convolution of [${image.shape.join(', ')}]: only those of images are read`)
  const [features = 1, channels = 1] = kernel.shape
  if (channels * group !== dim(image.shape, 1) || features % group !== 0)
    throw new ModelError(
      `a kernel [${kernel.shape.join(', ')}] in ${group} ${group === 1 ? 'group' : 'groups'} does not fit [${image.shape.join(', ')}]`,
    )
  const sliding = slidingOf(operation, [dim(kernel.shape, 2), dim(kernel.shape, 3)])
  if (group === 1 && isPatchEmbedding(image, sliding)) return patchEmbedding(operation, sliding.windows)
  const padded = around(image, sliding)
  const counts = t.windowCounts([dim(padded.shape, 2), dim(padded.shape, 3)], sliding.windows)
  const product =
    group === 1 ? ofAll(operation, padded, sliding.windows) : inGroups(padded, kernel, sliding.windows, group)
  return asImage(operation.has(2) ? add(product, operation.tensor(2)) : product, counts)
}

/** `[batch, windows, features]`. */
function ofAll({ graph, tensor }: Operation, image: Tensor, windows: Windows): Tensor {
  const kernel = tensor(1)
  const weight = t.reshape(kernel, [dim(kernel.shape, 0), sizeOf(kernel.shape.slice(1))])
  const isOfPixels = t.windowSize(windows) === 1 && windows.strides.every(n => n === 1)
  const rows = isOfPixels ? tokensOf(image) : windowsOf(image, windows)
  return matmul(rows, weight, graph.batch, false, true)
}

function inGroups(image: Tensor, kernel: Tensor, windows: Windows, groups: number): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = image.shape
  const features = dim(kernel.shape, 0)
  const rows = windowsOf(t.reshape(image, [batch, groups, channels / groups, height, width]), windows)
  const weight = t.reshape(kernel, [groups, features / groups, sizeOf(kernel.shape.slice(1))])
  const product = t.matmul(rows, weight, false, true)
  return reshape(transpose(product, [0, 2, 1, 3]), [batch, dim(product.shape, 2), features])
}

function windowsOf(image: Tensor, windows: Windows): Tensor {
  const [down, across] = t.windowCounts([dim(image.shape, -2), dim(image.shape, -1)], windows)
  if (down * across * t.windowSize(windows) * sizeOf(image.shape.slice(0, -2)) > LIMITS.elements)
    throw new ModelError(`windows of ${windows.kernel.join(' x ')} pixels see too much of [${image.shape.join(', ')}]`)
  return t.unfold(image, windows)
}

/** Rows and columns. */
const AXES = [0, 1] as const

/** Windows that slide over an image with something around it. */
interface Sliding {
  readonly windows: Windows
  readonly before: Pair
  readonly after: Pair
}

/** Windows and padding as the attributes of convolutions and pools say them. */
function slidingOf(operation: Operation, kernel: Pair): Sliding {
  const pair = (name: string): Pair => {
    const [rows = 1, columns = 1] = operation.ints(name) ?? []
    return [rows, columns]
  }
  const windows = { kernel, strides: pair('strides'), dilations: pair('dilations') }
  if ([...kernel, ...windows.strides, ...windows.dilations].some(n => !(n > 0 && n <= 2 ** 14)))
    throw new ModelError(`expected sizes of 1 to 16384 pixels, got ${JSON.stringify(windows)}`)
  const { shape } = operation.tensor(0)
  const auto = operation.text('auto_pad', 'NOTSET')
  const [top = 0, left = 0, bottom = 0, right = 0] = operation.ints('pads') ?? []
  if ([top, left, bottom, right].some(n => !(n >= 0 && n <= 2 ** 14)))
    throw new ModelError(`expected 0 to 16384 pixels around an image, got ${[top, left, bottom, right].join(', ')}`)
  if (!auto.startsWith('SAME')) return { windows, before: [top, left], after: [bottom, right] }
  // As many windows as strides fit; an odd pixel is behind the image, or before it.
  const total = AXES.map(axis => {
    const [n, stride, reach] = [dim(shape, axis + 2), windows.strides[axis], t.windowReach(windows, axis)]
    return Math.max((Math.ceil(n / stride) - 1) * stride + reach - n, 0)
  })
  const [small, large] = [total.map(n => Math.floor(n / 2)), total.map(n => Math.ceil(n / 2))]
  const [before, after] = auto === 'SAME_LOWER' ? [large, small] : [small, large]
  return { windows, before: [dim(before, 0), dim(before, 1)], after: [dim(after, 0), dim(after, 1)] }
}

const around = (image: Tensor, { before, after }: Sliding): Tensor => t.pad(image, [0, 0, ...before], [0, 0, ...after])

/** The first layer of a Vision Transformer: pixels, cut into patches that do not overlap. */
const isPatchEmbedding = ({ shape }: Tensor, { windows, before, after }: Sliding): boolean =>
  dim(shape, 1) === 3 &&
  windows.kernel.every((n, axis) => n > 1 && n === windows.strides[axis] && windows.dilations[axis] === 1) &&
  [...before, ...after].every(n => n === 0)

function patchEmbedding(operation: Operation, { kernel: [p, q] }: Windows): Tensor {
  const [image, kernel] = [operation.tensor(0), operation.tensor(1)]
  const [batch = 1, channels = 1, height = 1, width = 1] = image.shape
  const features = dim(kernel.shape, 0)
  const [rows, columns] = [Math.floor(height / p), Math.floor(width / q)]
  // Pixels behind the last whole patch are not read.
  const whole = t.sliceAxis(t.sliceAxis(image, 2, 0, rows * p), 3, 0, columns * q)
  const cells = t.transpose(t.reshape(whole, [batch, channels, rows, p, columns, q]), [0, 2, 4, 1, 3, 5])
  const pixels = t.reshape(cells, [batch, rows * columns, channels * p * q])
  const weight = t.reshape(kernel, [features, channels * p * q])
  const product = pairwiseLinear(pixels, weight)
  const patches = operation.has(2) ? t.add(product, operation.tensor(2)) : product
  operation.graph.addPatches({ image, pixels, weight, patches, grid: { rows, columns } })
  return t.reshape(t.transpose(patches, [0, 2, 1]), [batch, features, rows, columns])
}

/** Windows of a pool. Where their number is rounded up, the last one may hang over the edge, but begins before it. */
function poolingOf(operation: Operation): Sliding {
  const [rows, columns] = operation.ints('kernel_shape') ?? []
  if (operation.tensor(0).shape.length !== 4 || rows === undefined || columns === undefined)
    throw new ModelError('only pools of images are read')
  const sliding = slidingOf(operation, [rows, columns])
  if (operation.int('ceil_mode', 0) !== 1) return sliding
  const { windows, before, after } = sliding
  const hanging = AXES.map(axis => {
    const [n, stride] = [dim(operation.tensor(0).shape, axis + 2), windows.strides[axis]]
    const reach = t.windowReach(windows, axis)
    const whole = n + before[axis] + after[axis]
    const count = Math.ceil((whole - reach) / stride) + 1
    const isInside = (count - 1) * stride < n + before[axis]
    return Math.max((count - (isInside ? 1 : 2)) * stride + reach - whole, 0)
  })
  return { ...sliding, after: [dim(after, 0) + dim(hanging, 0), dim(after, 1) + dim(hanging, 1)] }
}

/** What each window sees of each channel, `[batch, windows, channels, pixels]`, pixels beyond the edge being zero. */
function seen(image: Tensor, sliding: Sliding): { readonly rows: Tensor; readonly counts: Pair } {
  const padded = around(image, sliding)
  const rows = windowsOf(padded, sliding.windows)
  const counts = t.windowCounts([dim(padded.shape, 2), dim(padded.shape, 3)], sliding.windows)
  return { rows: t.reshape(rows, [dim(rows.shape, 0), dim(rows.shape, 1), dim(image.shape, 1), -1]), counts }
}

const isPadded = ({ before, after }: Sliding): boolean => [...before, ...after].some(n => n > 0)

/** 1 for pixels of the image that a window sees, 0 for those beyond its edge: `[1, windows, 1, pixels]`. */
const insideOf = ({ shape }: Tensor, sliding: Sliding): Tensor =>
  seen(t.ones([1, 1, dim(shape, 2), dim(shape, 3)]), sliding).rows

/** Less than any activation, and finite in float32. */
const LEAST = -3e38

const MaxPool: Translation = operation => {
  if (operation.results > 1) throw new ModelError('indices of a pool are not read')
  const image = operation.tensor(0)
  const sliding = poolingOf(operation)
  const { rows, counts } = seen(image, sliding)
  const largest = t.max(isPadded(sliding) ? t.where(insideOf(image, sliding), rows, LEAST) : rows, [3])
  return asImage(t.reshape(largest, largest.shape.slice(0, 3)), counts)
}

const AveragePool: Translation = operation => {
  const image = operation.tensor(0)
  const sliding = poolingOf(operation)
  const { rows, counts } = seen(image, sliding)
  const total = t.sum(rows, [3])
  const size = t.windowSize(sliding.windows)
  const mean = isPadded(sliding) ? t.div(total, pixelsCounted(operation, sliding)) : t.mul(total, 1 / size)
  return asImage(t.reshape(mean, mean.shape.slice(0, 3)), counts)
}

/** How many pixels of each window count: those of the image, and those that were said to be around it if they are to be included. */
function pixelsCounted(operation: Operation, sliding: Sliding): Tensor {
  const image = operation.tensor(0)
  if (operation.int('count_include_pad', 0) !== 1) return t.sum(insideOf(image, sliding), [3])
  const said = slidingOf(operation, sliding.windows.kernel)
  const whole = around(t.broadcast(t.scalar(0), image.shape), said)
  const hanging = AXES.map(axis => sliding.after[axis] - said.after[axis])
  const rest: Sliding = { ...sliding, before: [0, 0], after: [dim(hanging, 0), dim(hanging, 1)] }
  return t.sum(insideOf(whole, rest), [3])
}

/** Convolutions, and pools over windows. */
export const convolutions: Translations = { AveragePool, Conv, MaxPool }
