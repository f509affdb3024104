import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawLayout, margin, type Placement, relativeDistance, separation } from './layout.ts'
import { randomStream } from './random-stream.ts'
import { trainedFamilies, unseenFamilies } from './vocabulary.ts'

const cat = { name: 'cat', label: 0 } as const
const umbrella = { name: 'umbrella', label: 30 } as const
const layouts = Array.from({ length: 500 }, (_, i) => drawLayout(randomStream('layout', i), [cat], trainedFamilies))
const isObject = (placement: Placement) => placement.label !== undefined

test('a layout has one placement of each class icon', () => {
  for (const layout of layouts)
    assert.deepEqual(
      layout.filter(isObject).map(p => p.name),
      ['cat'],
    )
})

test('there are 0 to 3 distractors, each number about equally often', () => {
  const counts = [0, 1, 2, 3].map(n => layouts.filter(layout => layout.length === n + 1).length)
  assert.equal(
    counts.reduce((a, b) => a + b),
    layouts.length,
  )
  assert.ok(counts.every(count => count > 80))
})

test('objects measure 0.28 to 0.6 of the side, distractors 0.2 to 0.4', () => {
  for (const placement of layouts.flat()) {
    const [low, high] = isObject(placement) ? [0.28, 0.6] : [0.2, 0.4]
    assert.ok(placement.size >= low && placement.size < high)
  }
})

test('at most a tenth of an icon lies beyond an edge', () => {
  for (const { x, y, size } of layouts.flat()) {
    for (const centre of [x, y]) assert.ok(centre >= margin * size && centre <= 1 - margin * size)
  }
})

test('one object and its distractors are apart', () => {
  for (const layout of layouts) {
    for (const [i, a] of layout.entries()) {
      for (const b of layout.slice(i + 1)) assert.ok(relativeDistance(a, b) > separation)
    }
  }
})

test('an object has its place even where there is none', () => {
  const classes = Array.from({ length: 8 }, () => cat)
  assert.equal(drawLayout(randomStream('crowd'), classes, trainedFamilies).filter(isObject).length, 8)
})

test('objects are painted first, last and in between', () => {
  const positions = layouts.filter(layout => layout.length === 4).map(layout => layout.findIndex(isObject))
  assert.deepEqual([...new Set(positions)].toSorted(), [0, 1, 2, 3])
})

test('rotation, contrast and shift keep to their ranges', () => {
  for (const { rotation, contrast, shift } of layouts.flat()) {
    assert.ok(Math.abs(rotation) <= Math.PI / 6)
    assert.ok(contrast >= 0.7 && contrast < 1.2)
    assert.ok(shift.every(value => Math.abs(value) <= 30))
  }
})

test('a family without the icon is passed over', () => {
  for (let i = 0; i < 100; i++) {
    const [placement] = drawLayout(randomStream('umbrella', i), [umbrella], unseenFamilies).filter(isObject)
    assert.equal(placement?.family, 'openmoji')
  }
})
