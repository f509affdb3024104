import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomStream } from '../scenes/random-stream.ts'
import { areaOfPolygon, maskOfColumnRuns, maskOfPolygons, unpackRuns } from './coco-mask.ts'

/** The winding number of a polygon around a point: turns of the line of sight, by the angles of its edges. */
function winding(polygon: readonly number[], x: number, y: number): number {
  let angle = 0
  for (let i = 0; i < polygon.length; i += 2) {
    const j = (i + 2) % polygon.length
    const [ax, ay] = [polygon[i]! - x, polygon[i + 1]! - y]
    const [bx, by] = [polygon[j]! - x, polygon[j + 1]! - y]
    angle += Math.atan2(ax * by - ay * bx, ax * bx + ay * by)
  }
  return Math.round(angle / (2 * Math.PI))
}

test('a pixel is inside where the winding number around its centre is not 0', () => {
  const size = { width: 23, height: 17 }
  for (let n = 0; n < 60; n++) {
    const random = randomStream('polygons', n)
    const polygon = Array.from({ length: 2 * (3 + random.below(9)) }, () => random.uniform(-6, 28))
    const mask = maskOfPolygons([polygon], size)
    mask.forEach((pixel, p) => {
      const [x, y] = [(p % size.width) + 0.5, Math.floor(p / size.width) + 0.5]
      assert.equal(pixel, winding(polygon, x, y) === 0 ? 0 : 1, `polygon ${n}, pixel ${x}, ${y}`)
    })
  }
})

test('edges through centres belong to one of two neighbours', () => {
  const size = { width: 4, height: 2 }
  const left = maskOfPolygons([[0, 0, 1.5, 0, 1.5, 2, 0, 2]], size)
  const right = maskOfPolygons([[1.5, 0, 4, 0, 4, 2, 1.5, 2]], size)
  assert.ok(left.every((pixel, p) => pixel + right[p]! === 1))
})

test('the area of a polygon is that of the shoelace formula', () => {
  assert.equal(areaOfPolygon([0, 0, 4, 0, 4, 3]), 6)
  assert.equal(areaOfPolygon([1, 1, 1, 3, 4, 3, 4, 1]), 6)
})

test('runs that are negative, too long or no runs are refused', () => {
  const size = { width: 5, height: 7 }
  assert.throws(() => maskOfColumnRuns([-5, 40], size), /expected lengths of runs, whole numbers from 0, got -5/)
  assert.throws(() => maskOfColumnRuns([0, 36], size), /expected runs of 35 pixels, got 36 pixels/)
  assert.throws(() => unpackRuns('ÿÿ'), /expected runs in COCO's text form, got "ÿÿ"/)
  assert.throws(() => unpackRuns('o'), /expected runs in COCO's text form/)
})
