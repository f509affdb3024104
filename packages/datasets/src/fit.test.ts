import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Box } from './dataset.ts'
import { fitObjects, fitOf, unit } from './fit.ts'

const picture = { width: 100, height: 60 }
const fit = (box: Box, size?: { width: number; height: number }) => {
  const { objects, notes } = fitObjects([{ label: 0, box, ...(size && { size }) }], picture)
  return [objects.map(object => object.box), notes] as const
}

test('a box in the picture stays as it is, and nothing is said', () => {
  assert.deepEqual(fit([0, 0.5, 100, 60]), [[[0, 0.5, 100, 60]], []])
})

test('a box that reaches beyond the picture is clipped and counted if half of it is there', () => {
  assert.deepEqual(fit([-1, -1, 50, 30]), [[[0, 0, 50, 30]], ['box reaches beyond the picture, clipped']])
  assert.deepEqual(fit([60, 0, 140, 60])[0], [[60, 0, 100, 60]])
})

test('a box that lies mostly elsewhere is left out and counted', () => {
  const out = ['box mostly outside the picture, left out']
  assert.deepEqual(fit([100, 100, 200, 200]), [[], out])
  assert.deepEqual(fit([-1e9, -1e9, 1e9, 1e9]), [[], out])
  assert.deepEqual(fit([59, 0, 142, 60]), [[], out])
})

test('a box without area is left out and counted; one that is none is an error', () => {
  assert.deepEqual(fit([5, 5, 5, 9]), [[], ['box without area, left out']])
  assert.throws(() => fit([9, 0, 4, 3]), /expected a box \[xmin, ymin, xmax, ymax\], got \[9, 0, 4, 3\]/)
  assert.throws(() => fit([0, 0, Number.NaN, 3]), /expected a box/)
  assert.throws(() => fit([0, 0, Number.POSITIVE_INFINITY, 3]), /expected a box/)
})

test('an annotation for a picture of the same shape is scaled, boxes and masks', () => {
  assert.deepEqual(fit([10, 10, 20, 30], { width: 50, height: 30 }), [
    [[20, 20, 40, 60]],
    ['annotation for a picture of another size, scaled'],
  ])
  const size = { width: 5, height: 3 }
  const mask = Uint8Array.from([...[0, 0, 0, 0, 0], ...[0, 1, 1, 0, 0], ...[0, 0, 0, 0, 0]])
  const { objects } = fitObjects([{ label: 0, box: [1, 1, 3, 2], mask, size }], picture)
  assert.deepEqual(objects[0]?.box, [20, 20, 60, 40])
  assert.equal(
    objects[0]?.mask?.reduce((sum, pixel) => sum + pixel, 0),
    40 * 20,
  )
})

test('an annotation for a picture of another shape is left out and counted', () => {
  assert.deepEqual(fit([10, 10, 20, 30], { width: 60, height: 100 }), [
    [],
    ['annotation for a picture of another shape, left out'],
  ])
})

test('shapes are alike to less than a pixel of the smaller picture', () => {
  // 500 x 333 made smaller to a height of 224 is 336.3 x 224.
  assert.equal(fitOf({ width: 336, height: 224 }, { width: 500, height: 333 }), 'scaled')
  assert.equal(fitOf({ width: 340, height: 224 }, { width: 500, height: 333 }), 'other')
})

test('shares of width and height become pixels', () => {
  assert.deepEqual(fit([0.1, 0.5, 0.5, 1], unit), [[[10, 30, 50, 60]], []])
})

test('a mask of another number of pixels is an error', () => {
  const wrong = { label: 0, box: [0, 0, 1, 1] as const, mask: new Uint8Array(5) }
  assert.throws(() => fitObjects([wrong], picture), /expected a mask of 100 x 60 pixels, got 5 pixels/)
})

test('the box of a mask is the smallest around it; one without a pixel keeps the box of its annotation', () => {
  const mask = new Uint8Array(6000)
  const sliver = { label: 0, box: [3, 4, 5.2, 6] as const, mask }
  assert.deepEqual(fitObjects([sliver], picture).objects[0]?.box, [3, 4, 5.2, 6])
  mask[250] = 1
  assert.deepEqual(fitObjects([sliver], picture).objects[0]?.box, [50, 2, 51, 3])
})
