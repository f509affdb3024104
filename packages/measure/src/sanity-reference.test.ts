import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import type { MethodChoice } from '@vitrine/explainers/run'
import { imageDistance, measureRandomisation, measureRobustness } from '@vitrine/metrics'
import { tinyReference } from '@vitrine/models/testing'
import type { Weights } from '@vitrine/tensor'
import { heatmapOf } from './heatmap.ts'
import { type ModelRun, openModelRun } from './model-run.ts'
import { parametersByPart } from './random-model.ts'
import { choiceOf } from './testing/icon-run.ts'

const backend = await openBackend('onnx:cpu', { threads: 1, precision: 'double' })
after(() => backend.dispose())
const tiny = await tinyReference()
const run = openModelRun(backend, tiny.model, 1)
after(() => run.dispose())

type Values = Readonly<Record<string, number>>

interface Reference {
  readonly radius: number
  readonly draws: number
  readonly images: readonly {
    readonly image: number
    readonly target: number
    readonly saliency: Values
    readonly 'input-x-gradient': Values
  }[]
}

const fixture = new URL('../../metrics/fixtures/sanity.json', import.meta.url)
const reference: Reference = JSON.parse(readFileSync(fixture, 'utf8'))

const methods = (['saliency', 'input-x-gradient'] as const).map(key => ({ ...choiceOf(key), key }))

/** Numbers in [0, 1), as the script of the reference makes them. */
function hashed(count: number, seed: number): Float64Array {
  const salt = Math.imul((seed * 40503 + 977) >>> 0, 2246822519)
  return Float64Array.from({ length: count }, (_, i) => {
    let mixed = Math.imul(i + 1, 2654435761) ^ salt
    mixed = Math.imul(mixed ^ (mixed >>> 15), 2246822519)
    return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32
  })
}

/** Weights that are random in some arrays, as the script of the reference makes them. */
function randomised({ weights }: ModelRun['model'], all: readonly string[], random: ReadonlySet<string>): Weights {
  return {
    id: `random ${[...random].join()}`,
    get(name) {
      const { shape, data } = weights.get(name)
      if (!random.has(name)) return { shape, data }
      const old = Float64Array.from(data)
      const mean = old.reduce((sum, value) => sum + value, 0) / old.length
      const deviation = Math.sqrt(old.reduce((sum, value) => sum + (value - mean) ** 2, 0) / old.length)
      const drawn = hashed(old.length, all.indexOf(name))
      return { shape, data: Float32Array.from(drawn, value => mean + deviation * Math.sqrt(12) * (value - 0.5)) }
    },
  }
}

test('max-sensitivity and the Lipschitz estimate are those of Quantus, and maps under random parameters and classes as alike as in torch', async () => {
  const parts = parametersByPart(tiny.model.transformer)
  const all = parts.flat().sort()
  // Head and final norm, three blocks, embedding.
  assert.deepEqual(
    parts.map(names =>
      [
        ...new Set(
          names.map(name =>
            name
              .split('.')
              .slice(0, name.startsWith('blocks') ? 2 : 1)
              .join('.'),
          ),
        ),
      ].sort(),
    ),
    [['head', 'norm'], ['blocks.2'], ['blocks.1'], ['blocks.0'], ['cls_token', 'patch_embed', 'pos_embed']],
  )
  const stages = parts.map((_, i) => new Set(parts.slice(0, i + 1).flat()))
  for (const expected of reference.images) {
    const pixels = Float32Array.from(tiny.images([expected.image]).data)
    const mapsOf = async (by: ModelRun, x: Float32Array, target: number) => {
      const { maps } = await by.explain(methods, { ids: ['x'], pixels: x }, 0, Int32Array.of(target))
      return (method: MethodChoice) =>
        heatmapOf(tiny.model.transformer, method.explainer, maps.get(method.key)?.[0] ?? assert.fail())
    }
    const own = await mapsOf(run, pixels, expected.target)
    const other = await mapsOf(run, pixels, (expected.target + 3) % 10)
    const close = []
    for (let k = 0; k < reference.draws; k++) {
      const radius = (reference.radius * (k + 1)) / reference.draws
      const noise = hashed(pixels.length, k)
      const x = pixels.map((value, i) => value + Math.fround(radius * (2 * (noise[i] ?? 0) - 1)))
      close.push({ heatmap: await mapsOf(run, x, expected.target), distance: imageDistance(pixels, x) })
    }
    const random = []
    for (const names of stages) {
      const other = run.withWeights(randomised(tiny.model, all, names))
      random.push(await mapsOf(other, pixels, expected.target))
      await other.dispose()
    }
    for (const method of methods) {
      const robust = measureRobustness(
        own(method),
        close.map(({ heatmap, distance }) => ({ heatmap: heatmap(method), distance })),
      )
      const sane = measureRandomisation({
        original: own(method),
        stages: random.map(maps => maps(method)),
        otherClass: other(method),
      })
      assert.ok(robust.state === 'ok' && sane.state === 'ok')
      for (const [id, value] of Object.entries({ ...robust.values, ...sane.values })) {
        const right = expected[method.key][id] ?? Number.NaN
        assert.ok(
          Math.abs(Number(value) - right) < 1e-5 * Math.max(1, right),
          `${method.key} ${id}: ${value}, expected ${right}`,
        )
      }
    }
  }
})
