import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { visionTransformer, vitB16 } from '@vitrine/models'
import { relativeError } from '@vitrine/models/testing'
import { interpret, sizeOf } from '@vitrine/tensor'
import { noise, otherKinds, plain } from './conformance/models.ts'
import { explainerConformance } from './conformance/suite.ts'
import { explainer, explainers, isSampled, methodIdentity, oneOf, resolveOptions, UnsupportedError } from './index.ts'
import { registrySource } from './registry.generate.ts'
import { explanationProgram, onePassOf } from './run.ts'

const open = [() => openBackend('onnx:cpu', { threads: 1 }), () => openBackend('tfjs:wasm')]
for (const method of explainers) explainerConformance(method, { open })

test('the registry holds every file of the methods folder', async () => {
  const files = readdirSync(new URL('methods/', import.meta.url)).filter(name => !name.endsWith('.test.ts'))
  assert.deepEqual(explainers.map(e => `${e.id}.ts`).sort(), files.sort())
})

test('the registry is what its generator writes', async () => {
  const { current, generated } = await registrySource()
  assert.equal(current, generated)
})

test('every bundled method that is no control says what it computes', () => {
  const silent = explainers.filter(({ family, formula }) => family !== 'control' && !(formula?.tex && formula.words))
  assert.deepEqual(
    silent.map(({ id }) => id),
    [],
    'expected a `formula` in the file of each of these methods',
  )
})

test('an unknown option names the known ones', () => {
  assert.throws(() => resolveOptions('agcam', { headFusion: oneOf('sum', 'mean') }, { head: 'sum' }), {
    name: 'ExplainerError',
    message: /agcam: unknown option "head"; known: headFusion/,
  })
})

test('a wrong value of an option says what is accepted', () => {
  assert.throws(
    () => resolveOptions('agcam', { headFusion: oneOf('sum', 'mean') }, { headFusion: 'product' }),
    /agcam: headFusion: expected sum \| mean, got "product"/,
  )
})

test('an id that is no file name is refused', () => {
  const source = { authors: '', venue: '', url: '' }
  assert.throws(
    () =>
      explainer({ id: 'My Method', name: '', source, family: 'control', classSpecific: false, explain: c => c.image }),
    /lower-case words joined by hyphens, got "My Method"/,
  )
})

const outside = (more: { version?: number; url?: string }) =>
  explainer({
    id: 'mine',
    name: 'Mine',
    ...(more.version !== undefined && { version: more.version }),
    source: { authors: '', venue: '', url: more.url ?? '' },
    family: 'attention',
    classSpecific: false,
    explain: c => c.image,
  })

test('a bundled method is known by its version, which is 1 unless it says otherwise', () => {
  for (const method of explainers) assert.deepEqual(methodIdentity(method), { version: method.version ?? 1 })
})

test('a method from elsewhere is known by a version only if it declares one', () => {
  assert.equal(methodIdentity(outside({})), undefined)
  assert.deepEqual(methodIdentity(outside({ version: 3 })), { version: 3 })
})

test('a version that is no whole number from 1 is refused', () => {
  for (const version of [0, 1.5, -1, Number.NaN])
    assert.throws(() => outside({ version }), /mine: version: expected a whole number from 1, got/)
})

test('an address of a source that is not https is refused', () => {
  for (const url of ['javascript:alert(1)', 'http://example.org/paper', 'example.org', ' https://'])
    assert.throws(() => outside({ url }), /mine: source\.url: expected an address that begins with https:/)
  assert.equal(outside({ url: 'https://example.org/paper' }).source.url, 'https://example.org/paper')
})

test('a start layer beyond the last block is unsupported', () => {
  const method = explainers.find(e => e.id === 'transformer-attribution')
  assert(method)
  const model = visionTransformer({ ...vitB16, depth: 2 })
  assert.throws(
    () => explanationProgram(model, [{ key: 'x', explainer: method, options: { startLayer: 2 } }], 1, 'given'),
    { name: 'UnsupportedError', message: /startLayer: expected less than 2, got 2/ },
  )
})

test('a method has evidence per pixel if and only if it can show it', () => {
  for (const { id, resolution, options } of explainers)
    assert.equal('grain' in options ? 'pixel' : 'patch', resolution, id)
})

for (const method of explainers.filter(e => 'grain' in e.options))
  if (!isSampled(method))
    test(`${method.id}: pixels add up to patches`, () => {
      const { model, weights } = plain
      const of = (grain: string) => ({
        key: grain,
        explainer: method,
        options: resolveOptions(method.id, method.options, { grain }),
      })
      const { program } = explanationProgram(model, [of('patches'), of('pixels')], 2, 'given')
      const image = { shape: model.imageShape(2), data: noise('image', sizeOf(model.imageShape(2))) }
      const found = interpret(program, { image, target: { shape: [2], data: Int32Array.of(0, 3) } }, weights)
      const [patches, pixels] = [found['map:patches'], found['map:pixels']]
      assert.deepEqual(patches?.shape, [2, 2, 3])
      assert.deepEqual(pixels?.shape, [2, 16, 24])
      const sums = new Float64Array(12)
      pixels.data.forEach((value, i) => {
        const [x, y, which] = [i % 24, Math.floor(i / 24) % 16, Math.floor(i / (24 * 16))]
        const cell = 6 * which + 3 * Math.floor(y / 8) + Math.floor(x / 8)
        sums[cell] = (sums[cell] ?? 0) + value
      })
      const largest = Math.max(...Array.from(patches.data, Math.abs))
      sums.forEach((total, i) => {
        assert.ok(Math.abs(total - (patches.data[i] ?? 0)) < 1e-9 * largest)
      })
    })

for (const { name, model, weights } of otherKinds)
  for (const [i, openEngine] of open.entries())
    test(`one program of all methods on a model with ${name}: engine ${i + 1} agrees with the interpreter`, async () => {
      const methods = onePassOf(
        explainers.map(e => ({ key: e.id, explainer: e, options: resolveOptions(e.id, e.options) })),
      )
      const able = methods.filter(method => {
        try {
          return explanationProgram(model, [method], 2, 'given')
        } catch (error) {
          if (error instanceof UnsupportedError) return false
          throw error
        }
      })
      const { program, draws } = explanationProgram(model, able, 2, 'given')
      const numbers = (shape: readonly number[], what: string) => ({ shape, data: noise(what, sizeOf(shape)) })
      const inputs = {
        image: numbers(model.imageShape(2), 'image'),
        target: { shape: [2], data: Int32Array.of(0, 3) },
        ...Object.fromEntries(draws.map(draw => [draw.input, numbers([2, ...draw.shape], draw.input)])),
      }
      const expected = interpret(program, inputs, weights)
      const backend = await openEngine()
      const executable = await backend.compile(program, { id: name, get: weights })
      const found = await executable.run(inputs)
      await backend.dispose()
      for (const { key, explainer } of able) {
        const tolerance = explainer.conditioning === 'poor' ? 1e-2 : 1e-4
        const error = relativeError(found[`map:${key}`]?.data ?? [], expected[`map:${key}`]?.data ?? [])
        assert.ok(error <= tolerance, `${key}: relative error ${error}`)
      }
    })
