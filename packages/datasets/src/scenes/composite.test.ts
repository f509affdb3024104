import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blend, type Canvas, nobody } from './composite.ts'
import { type Icon, iconStride } from './icon.ts'
import type { Placement } from './layout.ts'

const side = 64
const newCanvas = (): Canvas => ({
  side,
  colours: new Float32Array(side * side * 3).fill(10),
  owners: new Uint8Array(side * side).fill(nobody),
})

/** An icon with these colours, given the texel's column and row without the transparent edge. */
function icon(rgba: (column: number, row: number) => [number, number, number, number]): Icon {
  const texels = new Uint8Array(iconStride * iconStride * 4)
  for (let row = 1; row < iconStride - 1; row++) {
    for (let column = 1; column < iconStride - 1; column++) {
      texels.set(rgba(column - 1, row - 1), (row * iconStride + column) * 4)
    }
  }
  return texels
}

const square = icon(() => [200, 100, 50, 255])
const plain: Placement = {
  ...{ name: 'cat', family: 'noto', label: 0, size: 0.5, x: 0.5, y: 0.5 },
  ...{ rotation: 0, mirrored: false, contrast: 1, shift: [0, 0, 0] },
}
const colourAt = ({ colours }: Canvas, x: number, y: number) => [
  ...colours.slice((y * side + x) * 3, (y * side + x) * 3 + 3),
]
const owned = ({ owners }: Canvas, owner: number) => owners.filter(o => o === owner).length

test('an opaque icon covers its square and no more', () => {
  const canvas = newCanvas()
  blend(canvas, square, plain, 0)
  assert.equal(owned(canvas, 0), 32 * 32)
  assert.deepEqual(colourAt(canvas, 16, 16), [200, 100, 50])
  assert.deepEqual(colourAt(canvas, 47, 47), [200, 100, 50])
  assert.deepEqual(colourAt(canvas, 15, 30), [10, 10, 10])
  assert.deepEqual(colourAt(canvas, 48, 30), [10, 10, 10])
})

test('colours are scaled about 128, then shifted, then clipped', () => {
  const canvas = newCanvas()
  blend(canvas, square, { ...plain, contrast: 0.5, shift: [10, -20, -100] }, 0)
  assert.deepEqual(colourAt(canvas, 32, 32), [174, 94, 0])
})

test('alpha mixes with what lies below', () => {
  const canvas = newCanvas()
  blend(
    canvas,
    icon(() => [110, 110, 110, 51]),
    plain,
    0,
  )
  for (const value of colourAt(canvas, 32, 32)) assert.ok(Math.abs(value - 30) < 1e-4)
})

test('a pixel is owned where alpha is above one half', () => {
  const [below, above] = [newCanvas(), newCanvas()]
  blend(
    below,
    icon(() => [0, 0, 0, 127]),
    plain,
    0,
  )
  blend(
    above,
    icon(() => [0, 0, 0, 128]),
    plain,
    0,
  )
  assert.equal(owned(below, 0), 0)
  assert.equal(owned(above, 0), 32 * 32)
})

test('colours of transparent texels do not bleed', () => {
  const canvas = newCanvas()
  const half = icon(column => (column < 61 ? [200, 100, 50, 255] : [255, 255, 255, 0]))
  blend(canvas, half, plain, 0)
  for (let x = 16; x < 48; x++) {
    const [red = 0, green = 0] = colourAt(canvas, x, 32)
    assert.ok(Math.abs((green - 10) / 90 - (red - 10) / 190) < 1e-5)
  }
})

test('a later icon takes over the pixels that it covers', () => {
  const canvas = newCanvas()
  blend(canvas, square, plain, 0)
  blend(canvas, square, { ...plain, x: 0.75 }, 1)
  assert.equal(owned(canvas, 0), 16 * 32)
  assert.equal(owned(canvas, 1), 32 * 32)
})

test('mirroring swaps left and right', () => {
  const canvas = newCanvas()
  blend(
    canvas,
    icon(column => [column < 64 ? 0 : 255, 0, 0, 255]),
    { ...plain, mirrored: true },
    0,
  )
  assert.equal(colourAt(canvas, 20, 32)[0], 255)
  assert.equal(colourAt(canvas, 44, 32)[0], 0)
})

test('a positive rotation turns clockwise', () => {
  const canvas = newCanvas()
  const dotOnTop = icon((column, row) => [0, 0, 0, row < 20 && Math.abs(column - 64) < 10 ? 255 : 0])
  blend(canvas, dotOnTop, { ...plain, rotation: Math.PI / 2 }, 0)
  assert.equal(canvas.owners[32 * side + 45], 0)
})

test('what lies beyond the image is cut off', () => {
  const canvas = newCanvas()
  blend(canvas, square, { ...plain, x: 0, y: 1 }, 0)
  assert.equal(owned(canvas, 0), 16 * 16)
})
