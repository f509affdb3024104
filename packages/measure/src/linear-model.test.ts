import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainers } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { faithfulnessScores, gridProtocol, type Protocol, protocols } from '@vitrine/metrics'
import { measureCurves, rankingsOf } from './faithfulness.ts'
import { measureInsertion } from './insertion.ts'
import type { ModelRun } from './model-run.ts'
import { imagePasses } from './passes.ts'

// A model that is linear in its patches has curves in closed form: what is taken away takes its own contribution with it, whatever else is there.

const side = 4
const cells = side * side
/** Contributions of the patches, all different; of both signs. They sum to 0.5. */
const contributions = Array.from({ length: cells }, (_, i) => (((7 * i) % cells) - 7) / 16)
const least = 0.1
const whole = least + contributions.reduce((sum, one) => sum + one, 0)

/** One pixel a patch, in one channel of which each is worth what it says. */
const pixels = Float32Array.from(contributions)
const score = (values: Iterable<number>): Float32Array =>
  Float32Array.of([...values].reduce((sum, one) => sum + one, least))

const run = {
  model: {
    transformer: {
      input: { imageSize: { width: side, height: side }, mean: [0], std: [1] },
      grid: { rows: side, columns: side },
    },
  },
  async probabilities(count: number, fill: (index: number, out: Float32Array) => void) {
    return Array.from({ length: count }, (_, i) => {
      const image = new Float32Array(cells)
      fill(i, image)
      return score(image)
    })
  },
  async withoutPatches(image: Float32Array, masks: readonly Uint8Array[]) {
    return masks.map(mask => score(image.filter((_, i) => mask[i] === 0)))
  },
} as unknown as ModelRun

const found = explainers.find(({ id }) => id === 'random') ?? assert.fail()
const choice = (key: string): MethodChoice => ({ key, explainer: found, options: {} })

/** Curves of maps under a protocol, by name. */
async function curvesOf(protocol: Protocol, maps: Readonly<Record<string, readonly number[]>>) {
  const sample = { sample: { id: 'linear' }, pixels, classes: { predicted: 0, label: 0 } }
  const ofMethod = new Map(
    Object.entries(maps).map(([key, values]) => {
      const map = Float32Array.from(values)
      return [key, { predicted: map, label: map }]
    }),
  )
  const passes = imagePasses(run, sample, score(pixels), 0)
  const rankings = rankingsOf(run, sample as never, ofMethod, 0)
  const methods = Object.keys(maps).map(choice)
  const measured = await measureCurves(methods, [protocol], sample, rankings, passes)
  const read = (key: string, curve: string): number[] => {
    const cell = measured.find(one => one.method === key)?.cells[`faithfulness.predicted.${curve}`]
    return Array.isArray(cell) ? cell.map(Number) : assert.fail(key)
  }
  return {
    of: (key: string) => ({ morf: read(key, 'morf'), lerf: read(key, 'lerf') }),
    insertion: (key: string) =>
      measureInsertion(
        { targets: ['predicted'], images: 'all', steps: 8, start: { kind: 'zero' }, end: { kind: 'zero' } },
        choice(key),
        sample,
        rankings,
        passes,
      ),
  }
}

const near = (values: readonly number[], expected: readonly number[]) => {
  assert.equal(values.length, expected.length)
  for (const [i, value] of values.entries())
    assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-6, `${values}, ${expected}`)
}

const descending = contributions.toSorted((a, b) => b - a)
const ascending = descending.toReversed()
/** The score without the first `count` of a list of contributions. */
const without = (list: readonly number[]) => (count: number) => whole - list.slice(0, count).reduce((a, b) => a + b, 0)
const sums = (list: readonly number[], shares: readonly number[]) =>
  shares.map(share => without(list)(Math.floor(cells * share)))

for (const protocol of [protocols.standard, gridProtocol('standard', 'token-drop', ['predicted', 'label'])])
  test(`${protocol.id}: the curves of the contributions are sums of the sorted contributions`, async () => {
    const { steps } = protocol.faithfulness
    const { of } = await curvesOf(protocol, { oracle: contributions })
    near(of('oracle').morf, sums(descending, steps))
    near(of('oracle').lerf, sums(ascending, steps))
  })

test('scores that follow from the curves are those of the algebra', async () => {
  const protocol: Protocol = {
    ...protocols.standard,
    faithfulness: { ...protocols.standard.faithfulness, steps: [0, 0.25, 0.5, 0.75, 1] },
  }
  const { of } = await curvesOf(protocol, { oracle: contributions })
  const scores = faithfulnessScores(protocol, of('oracle'))
  const [morf, lerf] = [descending, ascending].map(list => [0, 4, 8, 12, 16].map(without(list)))
  const trapezoids = ([a = 0, b = 0, c = 0, d = 0, e = 0]: readonly number[] = []) => (a / 2 + b + c + d + e / 2) / 4
  near(
    [scores.srg, scores.qge, scores.abpc, scores.aopc],
    [
      trapezoids(lerf) - trapezoids(morf),
      trapezoids(morf) - trapezoids(lerf),
      trapezoids(lerf) - trapezoids(morf),
      whole - trapezoids(morf),
    ],
  )
  // Without the first 4 and the first 8; the first 8 alone and the first 4 alone, which is without the last 8 and without the last 12.
  near([scores.comprehensiveness], [whole - ((morf?.[1] ?? 0) + (morf?.[2] ?? 0)) / 2])
  near([scores.sufficiency], [whole - ((lerf?.[2] ?? 0) + (lerf?.[3] ?? 0)) / 2])
})

test('Insertion and Deletion of the contributions are areas under their sums', async () => {
  const { insertion } = await curvesOf(protocols.standard, { oracle: contributions })
  const { cells: stored, passes } = await insertion('oracle')
  const area = (values: readonly number[]) =>
    values.reduce((sum, value, i) => sum + (i === 0 || i === 8 ? value / 2 : value), 0) / 8
  const counts = Array.from({ length: 9 }, (_, i) => 2 * i)
  near([Number(stored['insertion.predicted.deletion-area'])], [area(counts.map(without(descending)))])
  // What Insertion shows of the first k is what is left without all the others, the least relevant.
  near([Number(stored['insertion.predicted.insertion-area'])], [area(counts.map(k => without(ascending)(cells - k)))])
  assert.equal(passes, 16)
})

test('maps are ordered as the scores say: the contributions, half of them, noise, and the contributions turned over', async () => {
  const half = contributions.map((one, i) => (i < cells / 2 ? one : 0.01 * one))
  const noise = contributions.map((_, i) => (5 * i + 3) % cells)
  const inverse = contributions.map(one => -one)
  const { of } = await curvesOf(protocols.standard, { oracle: contributions, half, noise, inverse })
  const scores = ['oracle', 'half', 'noise', 'inverse'].map(key => faithfulnessScores(protocols.standard, of(key)))
  for (const id of ['srg', 'aopc', 'comprehensiveness'] as const) {
    const found = scores.map(one => one[id])
    assert.deepEqual(
      found,
      found.toSorted((a, b) => b - a),
      `${id}: ${found}`,
    )
    assert.ok((found[0] ?? 0) > (found[1] ?? 0) && (found[2] ?? 0) > (found[3] ?? 0), `${id}: ${found}`)
  }
  for (const id of ['qge', 'sufficiency'] as const) {
    const found = scores.map(one => one[id])
    assert.deepEqual(
      found,
      found.toSorted((a, b) => a - b),
      `${id}: ${found}`,
    )
  }
})
