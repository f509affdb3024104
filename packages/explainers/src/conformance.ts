import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Backend } from '@vitrine/backends'
import { parameterShapes, type VisionTransformerConfig, visionTransformer } from '@vitrine/models'
import { type HostTensor, type HostTensors, interpret, sizeOf } from '@vitrine/tensor'
import { drawNumbers, explanationProgram, hash32, inputsOf, type MethodChoice } from './context.ts'
import { type Explainer, resolveOptions } from './explainer.ts'

/** A Vision Transformer small enough for plain loops, with a grid that is not square and a batch of different images. */
const config: VisionTransformerConfig = {
  imageSize: { height: 16, width: 24 },
  patchSize: { height: 8, width: 8 },
  width: 12,
  depth: 3,
  heads: 3,
  mlpWidth: 24,
  classes: 5,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
}

const model = visionTransformer(config)
const ids = ['first', 'second', 'third']
const targets = [0, 3, 1]

const noise = (name: string, count: number): Float32Array => {
  const uniform = drawNumbers(1, name, { input: 'noise', shape: [count] })
  return uniform.map(u => 2 * u - 1)
}

const weights = (name: string): HostTensor => {
  const shape = parameterShapes(config).get(name) ?? []
  const centre = name.includes('norm') && name.endsWith('weight') ? 1 : 0
  return { shape, data: noise(name, sizeOf(shape)).map(x => centre + 0.7 * x) }
}

export interface ConformanceOptions {
  /** Engines to compare with the interpreter. */
  readonly open: readonly (() => Promise<Backend>)[]
  /** Largest difference that float32 may make, relative to the map's maximum. */
  readonly tolerance?: number
}

/** Registers the tests that every method must pass. The reference interpreter computes in float64. */
export function explainerConformance(explainer: Explainer, { open, tolerance = 1e-4 }: ConformanceOptions): void {
  const method: MethodChoice = {
    key: explainer.id,
    explainer,
    options: resolveOptions(explainer.id, explainer.options),
  }
  const name = (what: string) => `${explainer.id}: ${what}`

  test(name("the map has the model's grid and finite numbers"), () => {
    const map = explainWith(method, [0, 1, 2], targets)
    assert.deepEqual(map.shape, [3, 2, 3])
    assert.ok(map.data.every(Number.isFinite))
    if (!explainer.signed) assert.ok(map.data.every(x => x >= 0))
    if (explainer.scale === 'unit') assert.ok(map.data.every(x => x >= 0 && x <= 1))
  })

  test(name('a batch gives the maps of its images one by one'), () => {
    const together = explainWith(method, [0, 1, 2], targets).data
    const alone = [0, 1, 2].flatMap(i => [...explainWith(method, [i], targets).data])
    close(together, alone, 1e-9)
  })

  test(name('random numbers are drawn if and only if that is declared'), () => {
    const { draws } = explanationProgram(model, [method], 1, 'given')
    assert.equal(draws.length > 0 ? 'seeded' : 'none', explainer.randomness)
  })

  test(name('the same question has the same answer'), () => {
    assert.deepEqual(explainWith(method, [0, 1], targets), explainWith(method, [0, 1], targets))
  })

  test(name(explainer.classSpecific ? 'another class has another map' : 'the class makes no difference'), () => {
    const [one, other] = [explainWith(method, [0, 1], targets), explainWith(method, [0, 1], [1, 1, 1])]
    if (!explainer.classSpecific) return assert.deepEqual(one, other)
    const largest = Math.max(...Array.from(one.data, Math.abs))
    assert.ok(one.data.some((x, i) => Math.abs(x - (other.data[i] ?? 0)) > 1e-3 * largest))
  })

  test(name('the predicted class is what is explained unless one is given'), () => {
    const { program, draws } = explanationProgram(model, [method], 2, 'predicted')
    const found = interpret(program, batchOf([0, 1], draws), weights)
    const rows = [0, 1].map(i => Array.from(found.probabilities?.data.subarray(5 * i, 5 * i + 5) ?? []))
    const predicted = rows.map(row => row.indexOf(Math.max(...row)))
    close(found[`map:${method.key}`]?.data ?? [], explainWith(method, [0, 1], predicted).data, 1e-12)
  })

  open.forEach((openBackend, i) => {
    test(name(`engine ${i + 1} agrees with the interpreter`), async () => {
      const backend = await openBackend()
      const { program, draws } = explanationProgram(model, [method], 3, 'given')
      const executable = await backend.compile(program, { id: 'conformance', get: weights })
      const inputs = { ...batchOf([0, 1, 2], draws), target: { shape: [3], data: Int32Array.from(targets) } }
      const found = await executable.run(inputsOf(program, inputs))
      close(found[`map:${method.key}`]?.data ?? [], explainWith(method, [0, 1, 2], targets).data, tolerance)
      await backend.dispose()
    })
  })
}

function batchOf(images: readonly number[], draws: ReturnType<typeof explanationProgram>['draws']): HostTensors {
  const of = (shape: readonly number[], one: (id: string) => Float32Array): HostTensor => ({
    shape: [images.length, ...shape],
    data: Float32Array.from(images.flatMap(i => [...one(ids[i] ?? '')])),
  })
  const pixels = model.imageShape(1).slice(1)
  return {
    image: of(pixels, id => noise(id, sizeOf(pixels))),
    ...Object.fromEntries(draws.map(draw => [draw.input, of(draw.shape, id => drawNumbers(hash32('seed'), id, draw))])),
  }
}

function explainWith(method: MethodChoice, images: readonly number[], classes: readonly number[]): HostTensor {
  const { program, draws } = explanationProgram(model, [method], images.length, 'given')
  const target = { shape: [images.length], data: Int32Array.from(images, i => classes[i] ?? 0) }
  const found = interpret(program, { ...batchOf(images, draws), target }, weights)[`map:${method.key}`]
  assert(found)
  return found
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length)
  const size = Math.max(...Array.from(expected, Math.abs))
  Array.from(expected).forEach((e, i) => {
    const a = actual[i] ?? Number.NaN
    assert.ok(Math.abs(a - e) <= tolerance * size, `element ${i}: expected ${e}, got ${a}, largest ${size}`)
  })
}
