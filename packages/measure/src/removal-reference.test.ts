import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import {
  fade,
  type InsertionRules,
  insertionMasks,
  insertionShares,
  protocols,
  rankMap,
  registry,
  removals,
} from '@vitrine/metrics'
import { tinyReference } from '@vitrine/models/testing'
import { openModelRun } from './model-run.ts'
import { imagePasses } from './passes.ts'

const backend = await openBackend('onnx:cpu', { threads: 2 })
after(() => backend.dispose())

interface Reference {
  readonly tiny: readonly {
    readonly centre: readonly [number, number]
    readonly predicted: number
    readonly rise: Readonly<Record<string, { readonly area: number; readonly curve?: number[] }>>
    readonly road: Readonly<Record<string, number>>
    readonly faded: { readonly before: number; readonly after: number }
  }[]
}

const fixture = new URL('../../metrics/fixtures/removal/reference.json', import.meta.url)
const reference: Reference = JSON.parse(readFileSync(fixture, 'utf8'))

/** Ranks of the pixels, the nearer to a centre the higher: the map of the reference. */
function ranks([x, y]: readonly [number, number]): Float32Array {
  const far = Float64Array.from({ length: 224 * 224 }, (_, p) => {
    const [right, down] = [(p % 224) - x, Math.floor(p / 224) - y]
    return right * right + 1.3141592653 * (down * down)
  })
  const found = new Float32Array(far.length)
  Array.from(far.keys())
    .sort((a, b) => (far[b] ?? 0) - (far[a] ?? 0))
    .forEach((pixel, rank) => {
      found[pixel] = rank
    })
  return found
}

const close = (found: number, expected: number, within: number, what: string) =>
  assert.ok(Math.abs(found - expected) < within, `${what}: ${found}, expected ${expected}`)

test("Insertion and Deletion are those of RISE's code, and what ROAD leaves is seen as Quantus' imputation is; times the map as in pytorch-grad-cam", async () => {
  const tiny = await tinyReference()
  const run = openModelRun(backend, tiny.model, 8)
  const { imageSize } = tiny.model.transformer.input
  const { insertion } = protocols.rise
  assert.ok(insertion)
  for (const [i, { centre, predicted, rise, road, faded }] of reference.tiny.entries()) {
    const pixels = Float32Array.from(tiny.images([i]).data)
    const map = rankMap({ rows: 224, columns: 224, values: ranks(centre), scale: 'relative' }, imageSize, 0)
    assert.ok(map.state === 'ok')
    const [unperturbed = new Float32Array(0)] = await run.probabilities(1, (_, out) => out.set(pixels))
    const passes = imagePasses(run, { sample: { id: `${i}` }, pixels }, unperturbed, 0)
    const game = async (steps: InsertionRules['steps']) => {
      const masks = insertionMasks(map.pixels, steps)
      const curve = async (name: keyof typeof masks) => {
        const removal = name === 'insertion' ? insertion.start : insertion.end
        const rows = await passes.without(masks[name].map(mask => ({ removal, mask })))
        return rows.map(row => row[predicted] ?? Number.NaN)
      }
      const shares = insertionShares(steps)
      return { shares, insertion: await curve('insertion'), deletion: await curve('deletion') }
    }
    const few = await game(28)
    for (const [k, p] of (rise['ins 1792']?.curve ?? []).entries())
      close(few.insertion[k] ?? 0, p, 1e-4, `insertion, image ${i}, step ${k}`)
    for (const [k, p] of (rise['del 1792']?.curve ?? []).entries())
      close(few.deletion[k] ?? 0, p, 1e-4, `deletion, image ${i}, step ${k}`)
    if (i === 0) {
      const [byInsertion, byDeletion] = registry.insertion
      const all = await game(insertion.steps)
      close(byInsertion.measure(all), rise['ins 224']?.area ?? 0, 1e-4, 'Insertion in 224 steps')
      close(byDeletion.measure(all), rise['del 224']?.area ?? 0, 1e-4, 'Deletion in 224 steps')
    }
    for (const [share, expected] of Object.entries(road)) {
      const mask = map.pixels.morf.first(Math.floor(224 * 224 * Number(share)))
      const [row] = await passes.without([{ removal: { ...removals.road, noise: 0 }, mask }])
      close(row?.[predicted] ?? 0, expected, 1e-3, `ROAD, image ${i}, ${share}`)
    }
    const [after] = await run.probabilities(1, (_, out) => {
      fade(map.values, pixels, out)
    })
    close(unperturbed[predicted] ?? 0, faded.before, 1e-4, `image ${i}`)
    close(after?.[predicted] ?? 0, faded.after, 1e-4, `image ${i} times the map`)
  }
  await run.dispose()
})
