import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson } from '../testing/reference.ts'
import { componentBoxes } from './components.ts'

function boxesOf(rows: string[]) {
  const levels = Uint8Array.from(rows.join(''), pixel => (pixel === '#' ? 1 : 0))
  return componentBoxes(levels, rows[0]!.length, rows.length, 0)
}

test('boxes are those of OpenCV contours', () => {
  for (const { rows, boxes } of readJson<{ rows: string[]; boxes: number[][] }[]>('components.json')) {
    assert.deepEqual(boxesOf(rows), boxes, `\n${rows.join('\n')}`)
  }
})

test('pixels that touch at a corner are one component, in both diagonals', () => {
  assert.deepEqual(boxesOf(['#..', '.#.', '..#']), [[0, 0, 3, 3]])
  assert.deepEqual(boxesOf(['..#', '.#.', '#..']), [[0, 0, 3, 3]])
})

test('a component in a hole has no box; a gap in the ring gives it one', () => {
  assert.deepEqual(boxesOf(['#####', '#...#', '#.#.#', '#...#', '#####']), [[0, 0, 5, 5]])
  const open = ['##.##', '#...#', '#.#.#', '#...#', '#####']
  assert.deepEqual(boxesOf(open), [
    [0, 0, 5, 5],
    [2, 2, 3, 3],
  ])
})

test('a corner gap lets nothing out', () => {
  assert.deepEqual(boxesOf(['.####', '#...#', '#.#.#', '#...#', '#####']), [[0, 0, 5, 5]])
})

test('only pixels above the level count', () => {
  assert.deepEqual(componentBoxes(Uint8Array.of(1, 2, 2, 0), 4, 1, 1), [[1, 0, 3, 1]])
})

test('an empty image has no boxes', () => {
  assert.deepEqual(boxesOf(['...', '...']), [])
})
