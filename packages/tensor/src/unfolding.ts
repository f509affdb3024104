import { add, mul } from './elementwise.ts'
import { apply } from './intern.ts'
import { pad, type Range, reshape, slice, transpose } from './movement.ts'
import type { Tensor, TensorOf } from './ops.ts'
import { dim, only, operandsOf, sameNumbers } from './tensor.ts'
import { liesSideBySide, type Pair, type Windows, windowCounts } from './windows.ts'

/**
 * What each window sees, as a row: `[…, channels, height, width] -> […, windows, channels * rows * columns]`, so that a convolution is a
 * linear layer on rows, and one of groups a batch of them. Windows hang over no edge: pad the image for those that shall.
 */
export function unfold(x: Tensor, { kernel, strides, dilations }: Windows): Tensor {
  const windows: Windows = { kernel, strides, dilations }
  const unfolded = apply('unfold', [x], windows)
  return liesSideBySide(windows)
    ? reshape(transpose(tiles(x, windows), toRows(x.shape.length)), unfolded.shape)
    : unfolded
}

/**
 * The adjoint of `unfold`: each row is added to the pixels of its window,
 * `[…, windows, channels * rows * columns] -> […, channels, height, width]`.
 */
export function fold(x: Tensor, windows: Windows & { readonly size: Pair }): Tensor {
  const { kernel, strides, dilations, size } = windows
  const folded = apply('fold', [x], { kernel, strides, dilations, size })
  if (liesSideBySide(windows)) return untiled(x, windows, folded)
  // Terms are folded by themselves, since a factor that is the same wherever a pixel is seen can be multiplied once.
  if (x.op === 'add') {
    const [a, b] = operandsOf(x)
    const [u, v] = [factored(a, windows), factored(b, windows)]
    if (sameNumbers(a.shape, b.shape) && (u || v)) return add(u ?? fold(a, windows), v ?? fold(b, windows))
  }
  return factored(x, windows) ?? folded
}

/** fold(unfold(p) * y) = p * fold(y). */
function factored(x: Tensor, windows: Windows & { readonly size: Pair }): Tensor | undefined {
  if (x.op !== 'mul') return undefined
  const [a, b] = operandsOf(x)
  for (const [pixels, others] of [
    [a, b],
    [b, a],
  ] as const)
    if (
      pixels.op === 'unfold' &&
      isOf(pixels, windows) &&
      sameNumbers(others.shape, x.shape) &&
      sameNumbers(pixels.shape, x.shape)
    )
      return mul(only(pixels), fold(others, windows))
  return undefined
}

const isOf = (node: TensorOf<'unfold'>, windows: Windows & { readonly size: Pair }): boolean =>
  sameNumbers(only(node).shape.slice(-2), windows.size) &&
  (['kernel', 'strides', 'dilations'] as const).every(name => sameNumbers(node.params[name], windows[name]))

/** An image cut into its windows, which lie side by side: `[…, channels, windows down, rows, windows across, columns]`. */
function tiles(x: Tensor, windows: Windows): Tensor {
  const [height, width] = [dim(x.shape, -2), dim(x.shape, -1)]
  const [down, across] = windowCounts([height, width], windows)
  const [rows, columns] = windows.kernel
  const rank = x.shape.length
  // Pixels behind the last whole window are seen by none.
  const whole = slice(
    x,
    x.shape.map((n, axis): Range => [0, axis === rank - 2 ? down * rows : axis === rank - 1 ? across * columns : n]),
  )
  return reshape(whole, [...x.shape.slice(0, -2), down, rows, across, columns])
}

/** The order of the axes of tiles in which windows come first and what each sees last. */
const toRows = (rank: number): number[] => {
  const leading = Array.from({ length: rank - 3 }, (_, axis) => axis)
  const [channels, down, rows, across, columns] = [rank - 3, rank - 2, rank - 1, rank, rank + 1]
  return [...leading, down, across, channels, rows, columns] as number[]
}

function untiled(x: Tensor, windows: Windows & { readonly size: Pair }, { shape }: Tensor): Tensor {
  const [rows, columns] = windows.kernel
  const [down, across] = windowCounts(windows.size, windows)
  const rank = shape.length
  const apart = reshape(x, [...shape.slice(0, -3), down, across, dim(shape, -3), rows, columns])
  const order = toRows(rank)
  const back = transpose(
    apart,
    order.map((_, axis) => order.indexOf(axis)),
  )
  const whole = reshape(back, [...shape.slice(0, -2), down * rows, across * columns])
  return pad(
    whole,
    shape.map(() => 0),
    shape.map((n, axis) => n - dim(whole.shape, axis)),
  )
}
