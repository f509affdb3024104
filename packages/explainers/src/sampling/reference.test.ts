import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Backend, type Executable, openBackend } from '@vitrine/backends'
import { openSafetensors } from '@vitrine/models'
import { relativeError, tinyReference } from '@vitrine/models/testing'
import type { Program } from '@vitrine/tensor'
import { explainers, isSampled, resolveOptions, sampler } from '../index.ts'
import type { RiseMask } from '../methods/rise.ts'
import { torchNormal } from '../testing/torch-normal.ts'

const { model, images } = await tinyReference()
const reference = openSafetensors(fileURLToPath(new URL('../../fixtures/sampled.safetensors', import.meta.url)))
const onnx = await openBackend('onnx:cpu', { threads: 2 })
const wasm = await openBackend('tfjs:wasm')
after(async () => {
  await onnx.dispose()
  await wasm.dispose()
})

const predicted = [7, 9, 7, 7, 7, 7, 7, 7]
const AREA = 14 * 14
const PIXELS = 3 * 224 * 224

const arrays = new Map(reference.names.map(name => [name, reference.read(name)]))

/** Row `i` of a stored array. */
const stored = (name: string, i: number): number[] => {
  const [rows = 1, ...rest] = reference.shape(name)
  const size = rest.reduce((product, n) => product * n, 1)
  assert.ok(i < rows)
  return Array.from(arrays.get(name)?.subarray(i * size, (i + 1) * size) ?? [])
}
const rowsOf = (name: string): number[][] =>
  Array.from({ length: reference.shape(name)[0] ?? 0 }, (_, i) => stored(name, i))

const noises = (seed: number, count: number): Record<string, Float64Array> => {
  const all = torchNormal(seed, count * PIXELS)
  return Object.fromEntries(
    Array.from({ length: count }, (_, k) => [`noise ${k}`, all.subarray(k * PIXELS, (k + 1) * PIXELS)]),
  )
}
const gradientNoise = noises(5, 4)

interface Comparison {
  readonly method: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly reference: string
  /** The random numbers that the other code used for an image. */
  readonly draws?: (image: number) => Readonly<Record<string, unknown>>
  /** Values that the map holds for each stored one: 2 x 2 patches of a square. */
  readonly square?: number
  /** Where the reference itself is only so good. */
  readonly within?: number
}

const steps = { steps: 5 }
const samples = () => ({ samples: rowsOf('kernel-shap.samples') })
const noisy = { samples: 4, deviation: 0.2 }

const comparisons: readonly Comparison[] = [
  { method: 'feature-ablation', options: { segment: 1 }, reference: 'feature-ablation' },
  { method: 'occlusion', options: { window: 1, stride: 1 }, reference: 'occlusion' },
  {
    method: 'rise',
    reference: 'rise',
    draws: () => ({
      masks: rowsOf('rise.shifts').map(
        ([down = 0, right = 0], k): RiseMask => ({ cells: stored('rise.cells', k), down, right }),
      ),
    }),
  },
  { method: 'score-cam', options: { rectify: false }, reference: 'scorecam' },
  { method: 'ablation-cam', options: { ablation: 'far', rectify: false }, reference: 'ablationcam' },
  // The library fits in float32 with weights of 1e6.
  { method: 'kernel-shap', reference: 'kernel-shap', draws: samples, square: 2, within: 1e-3 },
  { method: 'lime', reference: 'lime', draws: samples, square: 2 },
  {
    method: 'tis',
    reference: 'tis',
    draws: image => {
      const masks = stored('tis.masks', image)
      const patches = [...Array(AREA).keys()]
      return {
        subsets: Array.from({ length: 32 }, (_, k) => patches.filter(patch => masks[k * AREA + patch] === 1)),
      }
    },
  },
  {
    method: 'vit-cx',
    reference: 'vit-cx',
    draws: image => ({ labels: stored('vit-cx.labels', image), ...noises(9, 8) }),
  },
  { method: 'iia', options: steps, reference: 'iia' },
  { method: 'ia-attention', options: steps, reference: 'ia-attention' },
  { method: 'ig-attention', options: { ...steps, rows: 'mean' }, reference: 'ig-attention' },
  { method: 'integrated-gradients', reference: 'integrated-gradients' },
  {
    method: 'integrated-gradients',
    options: { rule: 'captum-trapezoid' },
    reference: 'integrated-gradients-trapezoid',
  },
  { method: 'smoothgrad', options: noisy, reference: 'smoothgrad', draws: () => gradientNoise },
  {
    method: 'smoothgrad',
    options: { ...noisy, squared: true },
    reference: 'smoothgrad-squared',
    draws: () => gradientNoise,
  },
  { method: 'vargrad', options: noisy, reference: 'vargrad', draws: () => gradientNoise },
  {
    method: 'gradient-shap',
    options: noisy,
    reference: 'gradient-shap',
    draws: () => ({
      ...gradientNoise,
      alpha: Array.from(reference.read('gradient-shap.alpha')),
      baseline: Array.from(reference.read('gradient-shap.baseline')),
    }),
  },
]

function samplerOn(backend: Backend) {
  const compiled = new Map<Program, Promise<Executable>>()
  return sampler(model.transformer, 16, async (program, inputs) => {
    const executable = compiled.get(program) ?? backend.compile(program, model.weights)
    compiled.set(program, executable)
    return (await executable).run(inputs)
  })
}

for (const [where, backend, list] of [
  [
    'ONNX Runtime',
    onnx,
    [
      { position: 0, suffix: '@next' },
      { position: 1, suffix: '' },
    ],
  ],
  ['TensorFlow.js wasm', wasm, [{ position: 0, suffix: '' }]],
] as const) {
  const sampling = samplerOn(backend)
  for (const { method: id, options = {}, reference: name, draws, square = 1, within = 1e-4 } of comparisons)
    test(`${name}: ${id} agrees: ${where}`, async t => {
      const explainer = explainers.find(e => e.id === id)
      assert(explainer && isSampled(explainer))
      const method = { key: name, explainer, options: resolveOptions(id, explainer.options, options) }
      let worst = 0
      for (const { position, suffix } of list) {
        const target = ((predicted[position] ?? 0) + (suffix === '' ? 0 : 1)) % 10
        const image = images([position]).data
        assert(image instanceof Float32Array)
        const { map } = await sampling.explain(method, {
          image,
          target,
          id: String(position),
          seed: 0,
          draws: draws?.(position) ?? {},
        })
        const expected = stored(name + suffix, position)
        const across = 14 / square
        const each = Array.from(
          map,
          (_, patch) =>
            expected[Math.floor(Math.floor(patch / 14) / square) * across + Math.floor((patch % 14) / square)] ?? 0,
        )
        worst = Math.max(worst, relativeError(map, each))
      }
      t.diagnostic(`${name}: worst relative error ${worst.toExponential(1)}`)
      assert.ok(worst <= within, `relative error ${worst}`)
    })
}
