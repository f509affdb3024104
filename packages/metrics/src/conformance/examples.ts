import type { Claim } from '../completeness/measure-completeness.ts'
import type { Effects } from '../effects/effects.ts'
import type { RegionEffects } from '../effects/regions.ts'
import type { PathValues } from '../frozen/path-values.ts'
import type { InsertionCurves } from '../insertion/game.ts'
import type { Confusion } from '../metric.ts'
import type { Neighbours } from '../robustness/neighbours.ts'
import type { Confidences } from '../soft-mask/confidences.ts'
import type { Curves } from '../types.ts'

/** Questions of one kind: one that the metric must find better, one that it must find worse, and others. */
export interface Examples<Question> {
  readonly good: Question
  readonly bad: Question
  readonly others: readonly Question[]
}

const few = [0, 1, 2, 7]
const counts = few.flatMap(tp => few.flatMap(fp => few.flatMap(fn => few.map(tn => ({ tp, fp, fn, tn })))))

export const confusions: Examples<Confusion> = {
  good: { tp: 25, fp: 0, fn: 0, tn: 75 },
  bad: { tp: 0, fp: 75, fn: 25, tn: 0 },
  others: counts.filter(({ tp, fn }) => tp + fn > 0),
}

/** Both curves begin with the unperturbed image. */
export const curves: Examples<Curves> = {
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

export const games: Examples<InsertionCurves> = {
  good: { shares: [0, 0.5, 1], insertion: [0.1, 0.8, 0.9], deletion: [0.9, 0.1, 0] },
  bad: { shares: [0, 0.5, 1], insertion: [0.1, 0.1, 0.9], deletion: [0.9, 0.9, 0] },
  others: [
    { shares: [0, 1], insertion: [0, 0], deletion: [1, 1] },
    { shares: [0, 0.1, 0.9, 1], insertion: [1, 1, 1, 1], deletion: [0, 0, 0, 0] },
    { shares: [0, 0.25, 1], insertion: [0.5, 0, 1], deletion: [1, 0.25, 0] },
  ],
}

// The good one rises and the bad one falls, so that each of drop, gain and increase tells them apart.
export const confidences: Examples<Confidences> = {
  good: { before: 0.5, after: 0.75 },
  bad: { before: 0.5, after: 0.25 },
  others: [0, 0.25, 1].flatMap(before => [0, 0.25, 1].map(after => ({ before, after }))),
}

export const paths: Examples<PathValues> = {
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
export const partExamples: Examples<Effects> = {
  good: parts([4, 3, 2, 1], [0.5, 0.25, 0.125, 0]),
  bad: parts([4, 3, 2, 1], [0, 0.125, 0.25, 0.5]),
  others: lists.flatMap(attribution => lists.map(fall => parts(attribution, fall))),
}

const regions = (of: Effects): RegionEffects => ({ single: of, sets: [of, of], fidelity: of })
export const regionExamples: Examples<RegionEffects> = {
  good: regions(partExamples.good),
  bad: regions(partExamples.bad),
  others: partExamples.others.map(regions),
}

/** Things in a scene have no mass below zero. */
export const thingExamples: Examples<Effects> = {
  ...partExamples,
  others: partExamples.others.map(({ attribution, fall }) => ({
    attribution: attribution.map(value => Math.max(value, 0)),
    fall,
  })),
}

export const claims: Examples<Claim> = {
  good: { sum: 2, claimed: 2.5 },
  bad: { sum: -2, claimed: 2.5 },
  others: [-1, 0, 0.5, 3].flatMap(sum => [-1, 0, 0.5, 3].map(claimed => ({ sum, claimed }))),
}

export const mosaics: Examples<readonly number[]> = {
  good: [0.75, 1, 0.5, 0.75],
  bad: [0.25, 0, 0.25, 0.5],
  others: lists.map(list => list.map(value => Math.max(value, 0))),
}

export const close: Examples<Neighbours> = {
  good: { changes: [0.125, 0.25], distances: [0.5, 1] },
  bad: { changes: [0.25, 1], distances: [0.5, 1] },
  others: [
    { changes: [0, 0], distances: [0.5, 1] },
    { changes: [2, 1], distances: [0.5, 0.25] },
  ],
}
