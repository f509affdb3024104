import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from './completeness/measure-completeness.ts'
import type { PairQuestion } from './discrimination/pair-question.ts'
import type { Effects } from './effects/effects.ts'
import type { RegionEffects } from './effects/regions.ts'
import { area } from './faithfulness/area.ts'
import type { PathValues } from './frozen/path-values.ts'
import type { InsertionCurves } from './insertion/game.ts'
import { compareMap } from './map/compared-map.ts'
import { isMapMetric, measureMap } from './map/measure-map.ts'
import type { AnyMetric, Confusion, FaithfulnessMetric, MapGroup, MapMetric, MetricOf } from './metric.ts'
import { protocols } from './protocols.ts'
import type { RandomisedMaps } from './randomisation/randomised-maps.ts'
import type { Neighbours } from './robustness/neighbours.ts'
import { rangeOf } from './row.ts'
import type { Confidences } from './soft-mask/confidences.ts'
import { fractions } from './testing/numbers.ts'
import { boxScene, cells, mapOf, side } from './testing/scenes.ts'
import type { Box, Curves, Heatmap, MetricGroup } from './types.ts'

/** Questions of one kind: one that the metric must find better, one that it must find worse, and others. */
interface Examples<Question> {
  readonly good: Question
  readonly bad: Question
  readonly others: readonly Question[]
}

/** A question, and what the metric answers. */
interface Trial {
  readonly question: unknown
  value(): number | null
}

function trialsOf<Question>(
  { good, bad, others }: Examples<Question>,
  value: (question: Question) => number | null,
): Examples<Trial> {
  const trial = (question: Question): Trial => ({ question, value: () => value(question) })
  return { good: trial(good), bad: trial(bad), others: others.map(trial) }
}

const rules = protocols.standard.diagnostics ?? assert.fail()
const few = [0, 1, 2, 7]
const counts = few.flatMap(tp => few.flatMap(fp => few.flatMap(fn => few.map(tn => ({ tp, fp, fn, tn })))))

const confusions: Examples<Confusion> = {
  good: { tp: 25, fp: 0, fn: 0, tn: 75 },
  bad: { tp: 0, fp: 75, fn: 25, tn: 0 },
  others: counts.filter(({ tp, fn }) => tp + fn > 0),
}

/** Both curves begin with the unperturbed image. */
const curves: Examples<Curves> = {
  good: { morf: [0.9, 0.2, 0.1, 0.1], lerf: [0.9, 0.9, 0.8, 0.1] },
  bad: { morf: [0.9, 0.9, 0.8, 0.1], lerf: [0.9, 0.2, 0.1, 0.1] },
  others: [0, 0.25, 0.5, 1].flatMap(first =>
    [
      [0, 0, 0],
      [1, 1, 1],
      [0.5, 1, 0],
    ].flatMap(morf =>
      [
        [0, 0, 0],
        [1, 1, 1],
        [0.25, 0, 1],
      ].map(lerf => ({ morf: [first, ...morf], lerf: [first, ...lerf] })),
    ),
  ),
}

function scoreOf({ score }: FaithfulnessMetric, question: Curves): number {
  const steps = [0, 0.25, 0.75, 1]
  return score({
    steps,
    values: curve => question[curve],
    area: (curve, rule = 'trapezoid') => area(rule, steps, question[curve]),
  })
}

const games: Examples<InsertionCurves> = {
  good: { shares: [0, 0.5, 1], insertion: [0.1, 0.8, 0.9], deletion: [0.9, 0.1, 0] },
  bad: { shares: [0, 0.5, 1], insertion: [0.1, 0.1, 0.9], deletion: [0.9, 0.9, 0] },
  others: [
    { shares: [0, 1], insertion: [0, 0], deletion: [1, 1] },
    { shares: [0, 0.1, 0.9, 1], insertion: [1, 1, 1, 1], deletion: [0, 0, 0, 0] },
    { shares: [0, 0.25, 1], insertion: [0.5, 0, 1], deletion: [1, 0.25, 0] },
  ],
}

// The good one rises and the bad one falls, so that each of drop, gain and increase tells them apart.
const confidences: Examples<Confidences> = {
  good: { before: 0.5, after: 0.75 },
  bad: { before: 0.5, after: 0.25 },
  others: [0, 0.25, 1].flatMap(before => [0, 0.25, 1].map(after => ({ before, after }))),
}

/** A map with the box of its object in cells, on an image whose background is full of edges. */
interface MapQuestion {
  readonly heatmap: Heatmap
  readonly object: Box
}

const object: Box = [4, 5, 9, 10]
const [left, top, right, bottom] = object
const inside = (row: number, column: number) => row >= top && row < bottom && column >= left && column < right
const at = (list: readonly number[]) => (row: number, column: number) => list[row * cells + column] ?? 0

/** A texture of many strengths everywhere but in the object, which is grey. All values are binary fractions, so that sums are exact. */
const image = (() => {
  const strengths = fractions(cells * cells, 11).map(value => Math.round(1024 * value) / 1024)
  const values = Float32Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)]
    const [row, column] = [Math.floor(y / (side / cells)), Math.floor(x / (side / cells))]
    return inside(row, column) ? 0 : at(strengths)(row, column) * ((x + 2 * y) % 4)
  })
  return { width: side, height: side, values }
})()

const truthOf = (box: Box) => boxScene(box, image)
const blob = mapOf((row, column) => Math.exp(-((row - 7) ** 2 + (column - 6) ** 2) / 8))
const noise = mapOf(at(fractions(cells * cells, 3)))
const mask = mapOf((row, column) => Number(inside(row, column)))
const complement = mapOf((row, column) => Number(!inside(row, column)))
const point = mapOf((row, column) => Number(row === 7 && column === 6))

/** A map of nothing but the image's edges. */
const edges = (() => {
  const found = compareMap(blob, truthOf(object))
  assert.ok(found.state === 'ok')
  return mapOf(at(Array.from(found.map.contrast)))
})()

const goodMaps: { readonly [G in MapGroup]: readonly [good: Heatmap, bad: Heatmap] } = {
  pointing: [mask, complement],
  texture: [blob, edges],
  diffusion: [point, noise],
  benchmarks: [mask, complement],
  complexity: [point, noise],
}

const otherMaps: readonly Heatmap[] = [
  blob,
  noise,
  mask,
  complement,
  point,
  edges,
  mapOf((row, column) => (row + column) % 2),
  mapOf((row, column) => at(fractions(cells * cells, 4))(row, column) - 0.4, { signed: true }),
  mapOf((row, column) => at(fractions(cells * cells, 4))(row, column) - 2, { signed: true }),
  mapOf((row, column) => at(fractions(cells * cells, 5))(row, column), { scale: 'unit' }),
  { rows: 1, columns: 1, values: [1], scale: 'unit' },
  { rows: 1, columns: 5, values: [3, 1, 4, 1, 5], scale: 'relative' },
  { rows: 3, columns: 2, values: [2, 7, 1, 8, 2, 8], scale: 'relative' },
]

const mapExamples = (group: MapGroup): Examples<MapQuestion> => {
  const [good, bad] = goodMaps[group]
  const boxes: readonly Box[] = [object, [0, 0, 14, 14], [13, 0, 14, 1]]
  return {
    good: { heatmap: good, object },
    bad: { heatmap: bad, object },
    others: otherMaps.flatMap(heatmap => boxes.map(box => ({ heatmap, object: box }))),
  }
}

function mapValue(metric: MapMetric, { heatmap, object }: MapQuestion): number | null {
  const { custom } = measureMap(rules, heatmap, truthOf(object), [metric])
  return custom?.state === 'ok' ? (custom.values[metric.id] ?? null) : null
}

type Pair = readonly [PairQuestion, PairQuestion]

const otherObject: Box = [10, 1, 13, 4]
const otherMask = mapOf((row, column) => Number(row >= 1 && row < 4 && column >= 10 && column < 13))

function pairOf(first: Heatmap, second: Heatmap): Pair {
  const hold = (heatmap: Heatmap, box: Box) => {
    const found = compareMap(heatmap, truthOf(box))
    assert.ok(found.state === 'ok')
    return found.map
  }
  return [
    { asked: hold(first, object), other: hold(first, otherObject) },
    { asked: hold(second, otherObject), other: hold(second, object) },
  ]
}

const pairs: Examples<Pair> = {
  good: pairOf(mask, otherMask),
  bad: pairOf(noise, noise),
  others: [blob, noise, mask, edges].flatMap(first => [point, noise, otherMask].map(second => pairOf(first, second))),
}

const paths: Examples<PathValues> = {
  good: { probability: [0.9, 0.7, 0.4, 0.1], similarity: [1, 0.8, 0.5, 0.1] },
  bad: { probability: [0.9, 0.7, 0.4, 0.1], similarity: [1, 1, 1, 1] },
  others: [
    { probability: [0.9, 0.8, 0.7], similarity: [1, 0.9, -0.5] },
    { probability: [0.2, 0.9, 0.1], similarity: [1, null, 0.96] },
    { probability: [0.5, 0.5, 0.5], similarity: [1, 0.2, 0.3] },
    { probability: [0.9], similarity: [1] },
    { probability: [0.9, 0.1], similarity: [1, null] },
  ],
}

const lists: readonly (readonly number[])[] = [
  [0.5, 0.25, 0, -0.25],
  [-0.25, 0, 0.25, 0.5],
  [1, 1, 1, 1],
  [0, 0, 0.5, 0.5],
  [0.125, -0.5, 0.75, 0.03125],
  [0, 0, 0, 0],
]
const parts = (attribution: readonly number[], fall: readonly number[]): Effects => ({ attribution, fall })

/** What a map says of four parts against what their removal does. */
const partExamples: Examples<Effects> = {
  good: parts([4, 3, 2, 1], [0.5, 0.25, 0.125, 0]),
  bad: parts([4, 3, 2, 1], [0, 0.125, 0.25, 0.5]),
  others: lists.flatMap(attribution => lists.map(fall => parts(attribution, fall))),
}

const regions = (of: Effects): RegionEffects => ({ single: of, sets: [of, of], fidelity: of })
const regionExamples: Examples<RegionEffects> = {
  good: regions(partExamples.good),
  bad: regions(partExamples.bad),
  others: partExamples.others.map(regions),
}

/** Things in a scene have no mass below zero. */
const thingExamples: Examples<Effects> = {
  ...partExamples,
  others: partExamples.others.map(({ attribution, fall }) => ({
    attribution: attribution.map(value => Math.max(value, 0)),
    fall,
  })),
}

const claims: Examples<Claim> = {
  good: { sum: 2, claimed: 2.5 },
  bad: { sum: -2, claimed: 2.5 },
  others: [-1, 0, 0.5, 3].flatMap(sum => [-1, 0, 0.5, 3].map(claimed => ({ sum, claimed }))),
}

const mosaics: Examples<readonly number[]> = {
  good: [0.75, 1, 0.5, 0.75],
  bad: [0.25, 0, 0.25, 0.5],
  others: lists.map(list => list.map(value => Math.max(value, 0))),
}

const close: Examples<Neighbours> = {
  good: { changes: [0.125, 0.25], distances: [0.5, 1] },
  bad: { changes: [0.25, 1], distances: [0.5, 1] },
  others: [
    { changes: [0, 0], distances: [0.5, 1] },
    { changes: [2, 1], distances: [0.5, 0.25] },
  ],
}

/** The map of a random model, and of another class, has the original's values elsewhere and spread out; or it is the original. */
const randomised: Examples<RandomisedMaps> = (() => {
  const original = Float64Array.from(fractions(cells * cells, 8)).map(value => value ** 4)
  const other = Float64Array.from(fractions(cells * cells, 9)).map(value => 0.5 - value)
  const flat = original.map(() => 1)
  const maps = (of: Float64Array): RandomisedMaps => ({ original, stages: [of], otherClass: of })
  return {
    good: maps(other.map((value, i) => value - original[i]!)),
    bad: maps(original),
    others: [other, flat, original.map(value => -value)].map(maps).concat({ original: flat, stages: [other] }),
  }
})()

const mapTrials = (metric: MapMetric) => trialsOf(mapExamples(metric.group), question => mapValue(metric, question))

/** How a metric of each group is tried. */
const trials: { readonly [G in MetricGroup]: (metric: MetricOf[G]) => Examples<Trial> } = {
  localization: ({ fraction }) =>
    trialsOf(confusions, pixels => {
      const [numerator, denominator] = fraction(pixels)
      return denominator === 0 ? null : numerator / denominator
    }),
  faithfulness: metric => trialsOf(curves, question => scoreOf(metric, question)),
  pointing: mapTrials,
  texture: mapTrials,
  diffusion: mapTrials,
  frozen: metric => trialsOf(paths, path => metric.measure(path, rules)),
  discrimination: metric => trialsOf(pairs, questions => metric.measure(questions)),
  effects: metric => trialsOf(regionExamples, question => metric.measure(question)),
  objects: metric => trialsOf(thingExamples, question => metric.measure(question)),
  coherence: metric => trialsOf(partExamples, question => metric.measure(question)),
  benchmarks: mapTrials,
  complexity: mapTrials,
  completeness: metric => trialsOf(claims, question => metric.measure(question)),
  mosaic: metric => trialsOf(mosaics, question => metric.measure(question)),
  robustness: metric => trialsOf(close, question => metric.measure(question)),
  randomisation: metric => trialsOf(randomised, question => metric.measure(question)),
  insertion: metric => trialsOf(games, question => metric.measure(question)),
  'soft-mask': metric => trialsOf(confidences, question => metric.measure(question)),
}

/** Values of metrics of p at the ends of what a difference of probabilities may be; of other groups nothing changes. */
const differences: { readonly [G in MetricGroup]?: (metric: MetricOf[G]) => readonly (number | null)[] } = {
  faithfulness: metric => twoCurves.map(([morf, lerf]) => scoreOf(metric, { morf, lerf })),
  insertion: metric =>
    twoCurves.map(([insertion, deletion]) => metric.measure({ shares: [0, 0.25, 0.75, 1], insertion, deletion })),
  'soft-mask': metric => ends.flatMap(before => ends.map(after => metric.measure({ before, after }))),
}

const ends = [-1, -0.5, 0, 0.25, 1]
const falls: readonly number[][] = [-1, 0, 1].flatMap(first => [-1, 1].map(rest => [first, rest, rest, rest]))
const twoCurves = falls.flatMap(one => falls.map(other => [one, other] as const))

/**
 * Registers the tests that every metric must pass, bundled or not: its values stay in its range, its direction is what it says, and it
 * depends on nothing but what it is given.
 */
export function metricConformance(metric: AnyMetric): void {
  const { id, direction, range } = metric
  const [least, greatest] = range
  const name = (what: string) => `${id}: ${what}`
  const { good, bad, others } = (trials[metric.group] as (metric: AnyMetric) => Examples<Trial>)(metric)
  const all = [good, bad, ...others]

  test(name('every value is in the range, or null'), () => {
    for (const trial of all) {
      const value = trial.value()
      assert.ok(value === null || (value >= least && value <= greatest), `${value}, expected ${least} to ${greatest}`)
    }
  })

  const ofDifferences = differences[metric.group] as ((metric: AnyMetric) => readonly (number | null)[]) | undefined
  if (ofDifferences)
    test(name('every value is in the range for a class against others, or null'), () => {
      const [low, high] = rangeOf(metric, true)
      for (const value of ofDifferences(metric))
        assert.ok(value === null || (value >= low && value <= high), `${value}, expected ${low} to ${high}`)
    })

  test(name(`${direction} is better`), () => {
    const [better, worse] = [good.value(), bad.value()]
    assert.ok(better !== null && worse !== null, `expected values, got ${better} and ${worse}`)
    const sign = direction === 'higher' ? 1 : -1
    assert.ok(sign * better > sign * worse, `the good example has ${better} and the bad one ${worse}`)
  })

  test(name('images may come in any order'), () => {
    const forwards = all.map(trial => trial.value())
    const backwards = all.toReversed().map(trial => trial.value())
    assert.deepEqual(backwards.toReversed(), forwards)
  })

  test(name('what it is given stays as it is'), () => {
    for (const { question, value } of all) {
      const before = structuredClone(question)
      value()
      assert.deepEqual(structuredClone(question), before)
    }
  })

  if (isMapMetric(metric)) mapConformance(metric)
}

const flipped = ({ rows, columns, values, ...more }: Heatmap): Heatmap => ({
  ...more,
  rows,
  columns,
  values: Array.from({ length: values.length }, (_, i) => {
    const column = i % columns
    return values[i - column + (columns - 1 - column)] ?? 0
  }),
})

/** What holds for metrics of one map. */
function mapConformance(metric: MapMetric): void {
  const name = (what: string) => `${metric.id}: ${what}`
  const found = (heatmap: Heatmap, truth = truthOf(object)) => measureMap(rules, heatmap, truth, [metric]).custom

  test(name('a flat map, NaN and an empty truth are states and no numbers'), () => {
    const nan = mapOf((row, column) => (row === 3 && column === 3 ? Number.NaN : row))
    assert.deepEqual(found(mapOf(() => 2)), { state: 'flat' })
    assert.deepEqual(found(nan), { state: 'nan' })
    assert.deepEqual(found(blob, truthOf([3, 3, 3, 3])), { state: 'empty-truth' })
  })

  test(name('what metrics share of a map stays as it is'), () => {
    const shared = compareMap(blob, truthOf(object))
    assert.ok(shared.state === 'ok')
    const before = structuredClone({ ...shared.map })
    metric.measure(shared.map, rules)
    assert.deepEqual({ ...shared.map }, before)
  })

  test(name('the scale of a relative map makes no difference'), () => {
    for (const heatmap of otherMaps.filter(({ scale }) => scale === 'relative')) {
      // By a power of two, so that no value is rounded.
      const doubled = { ...heatmap, values: Array.from(heatmap.values, value => 4 * value) }
      assert.deepEqual(found(doubled), found(heatmap))
    }
  })

  test(name('a mirrored image with its map has the same value'), () => {
    const mirror = {
      ...image,
      values: image.values.map((_, i) => image.values[i - (i % side) + (side - 1 - (i % side))] ?? 0),
    }
    const mirrored = boxScene([cells - right, top, cells - left, bottom], mirror)
    for (const heatmap of [blob, noise, mask]) {
      const [one, other] = [found(heatmap), found(flipped(heatmap), mirrored)]
      assert.ok(one?.state === 'ok' && other?.state === 'ok')
      const [value, again] = [one.values[metric.id] ?? null, other.values[metric.id] ?? null]
      const close = value === null || again === null ? value === again : Math.abs(value - again) < 1e-6
      assert.ok(close, `${value}, mirrored ${again}`)
    }
  })
}
