import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'
import type { Shape, Tensor } from './ops.ts'
import { generator, numbers } from './testing.ts'

const run = (y: Tensor, values: Readonly<Record<string, Float64Array>> = {}): number[] => {
  const p = t.program({ y })
  const given = Object.fromEntries(
    p.inputs.map(({ params: { name }, shape }) => [name, { shape, data: values[name] ?? new Float64Array() }]),
  )
  return [...(t.interpret(p, given).y?.data ?? [])]
}

const counted = (shape: Shape): Tensor =>
  t.constant(
    Float64Array.from({ length: t.sizeOf(shape) }, (_, i) => i),
    shape,
  )

test('rows are what windows see: torch.nn.functional.unfold(torch.arange(24.).view(1, 2, 3, 4), 2).mT[0]', () => {
  const y = t.unfold(counted([1, 2, 3, 4]), { kernel: [2, 2], strides: [1, 1], dilations: [1, 1] })
  assert.deepEqual(y.shape, [1, 6, 8])
  assert.deepEqual(run(y), [
    ...[0, 1, 4, 5, 12, 13, 16, 17],
    ...[1, 2, 5, 6, 13, 14, 17, 18],
    ...[2, 3, 6, 7, 14, 15, 18, 19],
    ...[4, 5, 8, 9, 16, 17, 20, 21],
    ...[5, 6, 9, 10, 17, 18, 21, 22],
    ...[6, 7, 10, 11, 18, 19, 22, 23],
  ])
})

test('strides and dilations: torch.nn.functional.unfold(torch.arange(20.).view(1, 1, 4, 5), (2, 2), (2, 3), 0, (1, 2)).mT[0]', () => {
  const y = t.unfold(counted([1, 4, 5]), { kernel: [2, 2], strides: [1, 2], dilations: [2, 3] })
  assert.deepEqual(run(y), [0, 3, 10, 13, 5, 8, 15, 18])
})

test('a fold of ones counts how often each pixel is seen', () => {
  const windows = { kernel: [2, 2], strides: [1, 1], dilations: [1, 1], size: [3, 3] } as const
  assert.deepEqual(run(t.fold(t.ones([4, 4]), windows)), [1, 2, 1, 2, 4, 2, 1, 2, 1])
})

const CASES = [
  { size: [5, 4], kernel: [3, 2], strides: [1, 1], dilations: [1, 1] },
  { size: [7, 6], kernel: [2, 3], strides: [2, 1], dilations: [3, 2] },
  { size: [6, 5], kernel: [1, 1], strides: [2, 2], dilations: [1, 1] },
  { size: [5, 5], kernel: [2, 2], strides: [2, 2], dilations: [1, 1] },
  { size: [3, 4], kernel: [1, 1], strides: [1, 1], dilations: [1, 1] },
] as const

for (const windows of CASES) {
  const { size, kernel, strides } = windows
  const shape = [2, 3, ...size]
  const random = generator(3)
  const of = (y: Tensor) => t.constant(numbers(t.sizeOf(y.shape), random), y.shape)
  const x = of(t.input('x', shape))
  const rows = t.unfold(x, windows)

  test(`${size} by ${kernel}, ${strides} apart: unfold and fold are each other's adjoint`, () => {
    const y = of(rows)
    const product = (a: Tensor, b: Tensor) => run(t.mul(a, b)).reduce((sum, n) => sum + n, 0)
    assert.ok(Math.abs(product(rows, y) - product(x, t.fold(y, windows))) < 1e-12)
  })

  test(`${size} by ${kernel}, ${strides} apart: a row is what its window sees`, () => {
    const [, columns] = t.windowCounts(size, windows)
    const pixels = run(x)
    run(rows).forEach((value, at) => {
      const [count, width] = [t.dim(rows.shape, 1), t.dim(rows.shape, 2)]
      const [image, window, part] = [Math.floor(at / count / width), Math.floor(at / width) % count, at % width]
      const [channel, i] = [Math.floor(part / t.windowSize(windows)), part % t.windowSize(windows)]
      const row = Math.floor(window / columns) * strides[0] + Math.floor(i / kernel[1]) * windows.dilations[0]
      const column = (window % columns) * strides[1] + (i % kernel[1]) * windows.dilations[1]
      assert.equal(value, pixels[((image * 3 + channel) * size[0] + row) * size[1] + column])
    })
  })

  test(`${size} by ${kernel}, ${strides} apart: places list each pixel as often as it is seen`, () => {
    const pixels = t.windowPixels(size, windows)
    const { most, places } = t.pixelPlaces(size, windows)
    const seen = [...places].flatMap((place, at) => (place < pixels.length ? [[place, Math.floor(at / most)]] : []))
    assert.deepEqual(
      seen.toSorted(([a = 0], [b = 0]) => a - b),
      [...pixels].map((pixel, place) => [place, pixel]),
    )
  })
}

test('a factor of each pixel goes out of a fold, and a function of each number goes into an unfold', () => {
  const windows = { kernel: [2, 2], strides: [1, 1], dilations: [1, 1] } as const
  const x = t.input('x', [2, 4, 4])
  const y = t.input('y', [9, 8])
  const rows = t.unfold(x, windows)
  assert.equal(t.abs(rows), t.unfold(t.abs(x), windows))
  const back = t.fold(t.add(t.mul(rows, y), y), { ...windows, size: [4, 4] })
  const folded = t.fold(y, { ...windows, size: [4, 4] })
  assert.equal(back, t.add(t.mul(x, folded), folded))
})

test('what does not fit is refused', () => {
  const windows = { kernel: [3, 3], strides: [1, 1], dilations: [2, 2] } as const
  assert.throws(() => t.unfold(t.input('x', [1, 4, 8]), windows), {
    message: '[vitrine] [tensor] unfold: no window of [3, 3], [2, 2] apart, fits into [4, 8] pixels',
  })
  assert.throws(() => t.unfold(t.input('x', [8, 8]), windows), /expected \[…, channels, height, width\], got \[8, 8\]/)
  assert.throws(
    () => t.fold(t.input('x', [15, 9]), { ...windows, size: [8, 8] }),
    /expected \[…, 16, a multiple of 9\] for 8 x 8 pixels, got \[15, 9\]/,
  )
  assert.throws(
    () => t.unfold(t.input('x', [1, 8, 8]), { ...windows, strides: [0, 1] }),
    /expected whole numbers above 0/,
  )
})
