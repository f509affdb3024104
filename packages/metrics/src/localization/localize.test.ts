import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricError } from '../errors.ts'
import type { Fill, Protocol, TruthObjects } from '../protocol.ts'
import { protocols } from '../protocols.ts'
import type { Counts, Heatmap, Truth } from '../types.ts'
import { localize } from './localize.ts'
import { objectsThatCount } from './truth.ts'

const { paper, standard } = protocols
const unit = (rows: number, columns: number, values: number[]): Heatmap => ({ rows, columns, values, scale: 'unit' })
const relative = (rows: number, columns: number, values: number[]): Heatmap => ({
  ...unit(rows, columns, values),
  scale: 'relative',
})
const square: Truth = { width: 4, height: 4, boxes: [[1, 1, 3, 3]] }

function countsOf(...of: Parameters<typeof localize>): Counts {
  const { counts } = localize(...of)
  assert.ok(counts)
  return counts
}

test('standard fills a box half-open', () => {
  const everything = unit(1, 1, [1])
  assert.deepEqual(countsOf(standard, everything, square, [0.5]), { tp: [4], fp: [12], fn: [0], tn: [0] })
})

test('standard takes the pixels whose centres lie in a box with fractional edges', () => {
  const truth: Truth = { width: 4, height: 1, boxes: [[0.5, 0, 2.4, 1]] }
  assert.deepEqual(countsOf(standard, unit(1, 1, [1]), truth, [0.5]).tp, [2])
})

test('standard takes the mask where there is one', () => {
  const mask = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  assert.deepEqual(countsOf(standard, unit(1, 1, [1]), { ...square, mask }, [0.5]).tp, [1])
})

test('standard works on the annotated image: a map of its size is thresholded as it is', () => {
  const map = unit(2, 3, [0.9, 0.6, 0.2, 0.6, 0.1, 0])
  const truth: Truth = { width: 3, height: 2, boxes: [[0, 0, 1, 2]] }
  // Above 0.15: 0.9, 0.6, 0.2 / 0.6. Above 0.5: 0.9, 0.6 / 0.6. Above 0.7: 0.9. The object is the first column.
  assert.deepEqual(countsOf(standard, map, truth, [0.15, 0.5, 0.7]), {
    tp: [2, 2, 1],
    fp: [2, 1, 0],
    fn: [0, 0, 1],
    tn: [2, 3, 4],
  })
})

test('a value equal to the threshold in float32 is not above it', () => {
  const truth: Truth = { width: 3, height: 1, boxes: [[0, 0, 3, 1]] }
  const map = unit(1, 3, [0.1, 0.5, 0.75])
  assert.deepEqual(countsOf(standard, map, truth, [0.1, 0.5, 0.75]).tp, [2, 1, 0])
})

test('paper truncates boxes to the 224 grid and fills them up to and with xmax and ymax', () => {
  const truth: Truth = { width: 500, height: 375, boxes: [[10, 20, 100, 200]] }
  // x: 4.48 -> 4 … 44.8 -> 44, 41 columns; y: 11.9 -> 11 … 119.4 -> 119, 109 rows.
  assert.deepEqual(countsOf(paper, unit(1, 1, [1]), truth, [0.5]).tp, [41 * 109])
})

test('paper truncates what float64 makes of x / width * 224, as the study does', () => {
  const truth: Truth = { width: 224, height: 224, boxes: [[115, 0, 120, 0]] }
  // 115 / 224 * 224 = 114.99999999999999
  assert.deepEqual(countsOf(paper, unit(1, 1, [1]), truth, [0.5]).tp, [7])
})

test('paper cuts an inclusive fill at the border of the image', () => {
  const truth: Truth = { width: 224, height: 224, boxes: [[200, 210, 224, 224]] }
  assert.deepEqual(countsOf(paper, unit(1, 1, [1]), truth, [0.5]).tp, [24 * 14])
})

test('paper fills a component box one pixel beyond the component', () => {
  const values = new Array<number>(224 * 224).fill(0)
  for (const [x, y] of [
    [10, 20],
    [11, 21],
  ] as const)
    values[y * 224 + x] = 1
  const truth: Truth = { width: 224, height: 224, boxes: [[10, 20, 10, 20]] }
  const { counts, boxes } = localize(paper, unit(224, 224, values), truth, [0.5])
  assert.deepEqual(boxes, [[[10, 20, 12, 22]]])
  assert.deepEqual([counts?.tp, counts?.fp], [[1], [8]])
})

test('the protocol says whether a box has its last column and row', () => {
  const everything = unit(1, 1, [1])
  const filledAs = (fill: Fill) => {
    const { localization } = standard
    return countsOf(
      { ...standard, localization: { ...localization, truth: { kind: 'mask-or-boxes', fill } } },
      everything,
      square,
      [0.5],
    ).tp
  }
  assert.deepEqual([filledAs('half-open'), filledAs('inclusive')], [[4], [9]])
  const boxesAs = (fill: Fill) => {
    const { localization } = paper
    const protocol: Protocol = {
      ...paper,
      localization: { ...localization, prediction: { kind: 'component-boxes', fill } },
    }
    const point = new Array<number>(224 * 224).fill(0)
    point[0] = 1
    return countsOf(protocol, unit(224, 224, point), { width: 224, height: 224, boxes: [[0, 0, 9, 9]] }, [0.5]).tp
  }
  assert.deepEqual([boxesAs('half-open'), boxesAs('inclusive')], [[1], [4]])
})

test('the objects that count are the labelled ones, or those of the explained class where there are any', () => {
  const objects = [{ label: 1 }, { label: 2 }, { label: 2 }]
  const counting = (rule: TruthObjects, explained: number) =>
    objectsThatCount(rule, objects, { label: 1, explained }).length
  assert.deepEqual(
    [counting('label', 2), counting('explained-else-label', 2), counting('explained-else-label', 3)],
    [1, 2, 1],
  )
})

test('a relative map is normalised: scale and offset do not matter', () => {
  const map = [0, 1, 2, 5]
  const truth: Truth = { width: 2, height: 2, boxes: [[1, 1, 2, 2]] }
  const scaled = relative(
    2,
    2,
    map.map(value => 8 * value - 16),
  )
  assert.deepEqual(countsOf(standard, scaled, truth), countsOf(standard, relative(2, 2, map), truth))
})

for (const protocol of [paper, standard]) {
  test(`${protocol.id}: a constant relative map is flat, a constant unit map is not`, () => {
    assert.deepEqual(localize(protocol, relative(2, 2, [3, 3, 3, 3]), square), {
      state: 'flat',
      counts: null,
      boxes: null,
    })
    assert.equal(localize(protocol, unit(2, 2, [1, 1, 1, 1]), square).state, 'ok')
  })

  test(`${protocol.id}: NaN and infinities are a state`, () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.equal(localize(protocol, relative(2, 2, [0, bad, 1, 2]), square).state, 'nan')
    }
  })

  test(`${protocol.id}: an empty truth is a state, whatever the map`, () => {
    for (const values of [
      [0, 1],
      [1, 1],
      [Number.NaN, 1],
    ]) {
      assert.equal(localize(protocol, relative(1, 2, values), { ...square, boxes: [] }).state, 'empty-truth')
    }
  })
}

test('a mask without a pixel is an empty truth', () => {
  const truth = { ...square, mask: new Uint8Array(16) }
  assert.equal(localize(standard, relative(1, 2, [0, 1]), truth).state, 'empty-truth')
})

test('malformed arguments are errors that say what was expected', () => {
  const map = unit(1, 1, [1])
  const says = (message: RegExp) => (error: unknown) => error instanceof MetricError && message.test(error.message)
  assert.throws(
    () => localize(standard, unit(2, 2, [1]), square),
    says(/^\[vitrine\] \[metrics\] heatmap: expected 2 x 2 values, got 1$/),
  )
  assert.throws(() => localize(standard, unit(1, 1, [1.5]), square), says(/expected unit values in \[0, 1\], got 1.5/))
  assert.throws(() => localize(standard, map, square, [0.5, 0.2]), says(/ascending thresholds, got \[0.5, 0.2\]/))
  assert.throws(() => localize(standard, map, { ...square, boxes: [[3, 0, 1, 2]] }), says(/got \[3, 0, 1, 2\]/))
  assert.throws(() => localize(standard, map, { ...square, mask: new Uint8Array(3) }), says(/4 x 4 pixels, got 3/))
})
