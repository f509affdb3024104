import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Backend, openBackend } from '@vitrine/backends'
import { openSafetensors } from '@vitrine/models'
import { relativeError, tinyReference } from '@vitrine/models/testing'
import { type HostTensors, interpret } from '@vitrine/tensor'
import { explainers, explanationProgram, inputsOf, type MethodChoice, resolveOptions } from './index.ts'

const { model, core, images } = await tinyReference()
const methods = openSafetensors(fileURLToPath(new URL('../fixtures/methods.safetensors', import.meta.url)))
const onnx = await openBackend('onnx:cpu', { threads: 2 })
const wasm = await openBackend('tfjs:wasm')
after(async () => {
  await onnx.dispose()
  await wasm.dispose()
})

const all = [0, 1, 2, 3, 4, 5, 6, 7]
const predicted = [7, 9, 7, 7, 7, 7, 7, 7]
const labels = [0, 1, 1, 5, 3, 8, 9, 5]
const next = predicted.map(c => (c + 1) % 10)
const AREA = 14 * 14

const choice = (id: string, options: Record<string, unknown> = {}): MethodChoice => {
  const explainer = explainers.find(e => e.id === id)
  assert(explainer)
  const key = [id, ...Object.values(options)].join(' ')
  return { key, explainer, options: resolveOptions(id, explainer.options, options) }
}

const agcam = choice('agcam')
const rollouts = ['mean', 'max', 'min'].flatMap(headFusion =>
  [0, 0.9].flatMap(discardRatio =>
    ['rows', 'columns'].map(normalisation => ({
      method: choice('attention-rollout', { headFusion, discardRatio, normalisation }),
      reference: `rollout-${headFusion}-${discardRatio}${normalisation === 'rows' ? '-rownorm' : ''}`,
    })),
  ),
)
const attributions = [0, 1].map(startLayer => choice('transformer-attribution', { startLayer }))

type Runner = (
  list: readonly MethodChoice[],
  positions: readonly number[],
  classes?: readonly number[],
) => Promise<HostTensors>

const inFloat64: Runner = async (list, positions, classes) => {
  const { program } = explanationProgram(model.transformer, list, positions.length, classes ? 'given' : 'predicted')
  return interpret(program, inputs(positions, 'float64', classes), model.weights.get)
}

const on =
  (backend: Backend): Runner =>
  async (list, positions, classes) => {
    const { program } = explanationProgram(model.transformer, list, positions.length, classes ? 'given' : 'predicted')
    const executable = await backend.compile(program, model.weights)
    const found = await executable.run(inputsOf(program, inputs(positions, 'float32', classes)))
    await executable.dispose()
    return found
  }

function inputs(
  positions: readonly number[],
  precision: 'float32' | 'float64',
  classes?: readonly number[],
): HostTensors {
  const target = { shape: [positions.length], data: Int32Array.from(positions, i => classes?.[i] ?? 0) }
  return { image: images(positions, precision), ...(classes && { target }) }
}

const part = (maps: Float32Array, positions: readonly number[]): Float32Array =>
  Float32Array.from(positions.flatMap(i => [...maps.subarray(i * AREA, (i + 1) * AREA)]))

for (const [where, run, tolerance, positions] of [
  ['float64 interpreter', inFloat64, 1e-5, [0, 1, 2]],
  ['ONNX Runtime', on(onnx), 1e-4, all],
  ['TensorFlow.js wasm', on(wasm), 1e-4, all],
] as const) {
  for (const [suffix, classes] of [
    ['', undefined],
    ['@label', labels],
    ['@next', next],
  ] as const)
    test(`agcam${suffix} agrees with the authors' code: ${where}`, async () => {
      const found = await run([agcam], positions, classes)
      const error = relativeError(found['map:agcam']?.data ?? [], part(core.read(`agcam${suffix}`), positions))
      assert.ok(error <= tolerance, `relative error ${error}`)
    })

  test(`attention rollout agrees with the study's and with vit-explain's code, every fusion, ratio and normalisation: ${where}`, async () => {
    const found = await run(
      rollouts.map(r => r.method),
      positions,
    )
    for (const { method, reference } of rollouts) {
      const error = relativeError(found[`map:${method.key}`]?.data ?? [], part(methods.read(reference), positions))
      assert.ok(error <= tolerance, `${reference}: relative error ${error}`)
    }
    const own = found[`map:${rollouts[0]?.method.key}`]?.data ?? []
    assert.ok(relativeError(own, part(core.read('rollout'), positions)) <= tolerance)
  })
}

for (const [suffix, classes] of [
  ['', undefined],
  ['@next', next],
] as const)
  test(`transformer attribution${suffix} agrees with the authors' code in float64`, async () => {
    const found = await inFloat64(attributions, all, classes)
    attributions.forEach(({ key }, startLayer) => {
      const expected = methods.read(`transformer-attribution-start${startLayer}.f64${suffix}`)
      const error = relativeError(found[`map:${key}`]?.data ?? [], expected)
      assert.ok(error <= 1e-6, `from block ${startLayer}: relative error ${error}`)
    })
  })

test('transformer attribution in float32 is no farther from float64 than the original is', async t => {
  const errors: { ours: number; original: number }[] = []
  for (const [suffix, classes] of [
    ['', undefined],
    ['@next', next],
  ] as const) {
    const found = await on(onnx)(attributions, all, classes)
    attributions.forEach(({ key }, startLayer) => {
      const name = `transformer-attribution-start${startLayer}`
      const [exact, original] = [methods.read(`${name}.f64${suffix}`), methods.read(`${name}${suffix}`)]
      const ours = Float32Array.from(found[`map:${key}`]?.data ?? [])
      const perImage = all.map(i => ({
        ours: relativeError(part(ours, [i]), part(exact, [i])),
        original: relativeError(part(original, [i]), part(exact, [i])),
      }))
      const worst = (who: 'ours' | 'original') => Math.max(...perImage.map(e => e[who]))
      t.diagnostic(
        `${name}${suffix}: worst relative error ${worst('ours').toExponential(1)}, original ${worst('original').toExponential(1)}`,
      )
      errors.push(...perImage)
      assert.ok(worst('ours') <= worst('original'), `${name}${suffix}`)
    })
  }
  const mean = (who: 'ours' | 'original') =>
    Math.exp(errors.reduce((sum, e) => sum + Math.log(e[who]), 0) / errors.length)
  t.diagnostic(
    `geometric mean over ${errors.length} maps: ${mean('ours').toExponential(1)}, original ${mean('original').toExponential(1)}`,
  )
  assert.ok(mean('ours') <= mean('original'))
})
