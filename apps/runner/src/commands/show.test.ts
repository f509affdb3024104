import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBackend } from '@vitrine/backends/node'
import { openDataset } from '@vitrine/datasets'
import { explainers } from '@vitrine/explainers'
import { explanationProgram, programContext } from '@vitrine/explainers/run'

import { openModelRun, writeInput } from '@vitrine/measure'
import { countFlops, program } from '@vitrine/tensor'
import { UsageError } from '../cli/arguments.ts'
import { choiceOf } from '../open/methods.ts'
import { openModel } from '../open/model.ts'
import { type ShowArguments, show } from './show.ts'

// What ONNX Runtime reads when it is loaded: the files are given to it alone here, not by way of a backend.
process.env.ORT_DISABLE_TELEMETRY = '1'
const { InferenceSession, Tensor } = await import('onnxruntime-node')

const folder = mkdtempSync(join(tmpdir(), 'vitrine-show-'))
after(() => rmSync(folder, { recursive: true }))
const model = await openModel('icon-vit')
const scene = await (await openDataset('icon-scenes')).sample(3)
const pixels = writeInput(model, scene.image)
const backend = await openBackend('onnx:cpu', { threads: 1 })
const run = openModelRun(backend, model, 1)
after(async () => {
  await run.dispose()
  await backend.dispose()
})

const bundled = (id: string) => choiceOf(explainers.find(e => e.id === id) ?? assert.fail(id), {})

async function shown(method: string, args: Partial<ShowArguments> = {}): Promise<string> {
  const parts: string[] = []
  const usual = {
    explainer: [],
    model: 'icon-vit',
    batch: 1,
    class: 'predicted',
    weights: 'inside',
    wide: false,
  } as const
  assert.equal(await show(method, { ...usual, ...args }, part => void parts.push(part)), 0)
  return parts.map(part => `${part}\n`).join('')
}

const image = new Tensor('float32', pixels, [1, 3, 224, 224])

async function outputsOf(file: string, inputs: Readonly<Record<string, InstanceType<typeof Tensor>>>) {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 })
  const results = await session.run(inputs)
  await session.release()
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]))
}

/** In shares of the largest number that is expected. */
function farthest(found: Float32Array | undefined, expected: ArrayLike<number> | undefined): number {
  assert.ok(found && expected && found.length === expected.length)
  const largest = Array.from(expected).reduce((top, x) => Math.max(top, Math.abs(x)), 0)
  return found.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (expected[i] ?? Number.NaN))), 0) / largest
}

test('a one-pass method is one program, op by op with shapes and FLOP', async () => {
  const text = await shown('agcam')
  const own = explanationProgram(model.transformer, [bundled('agcam')], 1, 'predicted').program
  assert.match(text, /^agcam on icon-vit\n\nnode +op +reads +parameters +shape +FLOP\n/)
  assert.equal(text.match(/^%\d+ /gm)?.length, own.nodes.length)
  assert.match(text, /^%\d+ +softmax +%\d+ .*\[1, 4, 197, 197\] +[\d,]+$/m)
  assert.match(text, /returns probabilities = %\d+, map:agcam = %\d+/)
  const total = countFlops(own).toLocaleString('en')
  assert.ok(text.includes(`${total} FLOP a run`), total)
})

test('options of a method change its program', async () => {
  const [plain, changed] = [await shown('agcam'), await shown('agcam[headFusion=max]')]
  assert.match(changed, /^agcam\[headFusion=max\] on icon-vit/)
  assert.notEqual(changed.split('\n').slice(1).join('\n'), plain.split('\n').slice(1).join('\n'))
})

test('a sampled method has each of its programs', async () => {
  const method = bundled('score-cam')
  assert.ok('programs' in method.explainer)
  const tensors = method.explainer.programs(programContext(model.transformer, 4), method.options)
  const text = await shown('score-cam', { batch: 4 })
  assert.ok(Object.keys(tensors).length > 1)
  for (const [name, tensor] of Object.entries(tensors)) {
    assert.match(text, new RegExp(`^score-cam · ${name} on icon-vit$`, 'm'))
    assert.ok(text.includes(`${countFlops(program({ tensor })).toLocaleString('en')} FLOP a run`))
  }
})

for (const weights of ['inside', 'beside'] as const)
  test(`ONNX Runtime reads the file, weights ${weights}, and gives the map of the method`, async () => {
    const file = join(folder, `agcam-${weights}.onnx`)
    const text = await shown('agcam', { onnx: file, weights })
    assert.match(text, /input +image +float32 \[1, 3, 224, 224\]/)
    assert.match(text, /output +map:agcam +float32 \[1, 14, 14\]/)
    assert.equal(existsSync(`${file}.data`), weights === 'beside')
    const found = await outputsOf(file, { image })
    const { maps, probabilities } = await run.explain([bundled('agcam')], { ids: [scene.id], pixels }, 0)
    assert.ok(farthest(found['map:agcam'], maps.get('agcam')?.[0]) < 1e-5)
    assert.ok(farthest(found.probabilities, probabilities[0]) < 1e-5)
  })

test('a given class is an input of the file', async () => {
  const file = join(folder, 'given.onnx')
  assert.match(await shown('agcam', { onnx: file, class: 'given' }), /input +target +int64 \[1\]/)
  const target = new Tensor('int64', BigInt64Array.of(5n), [1])
  const found = await outputsOf(file, { image, target })
  const { maps } = await run.explain([bundled('agcam')], { ids: [scene.id], pixels }, 0, Int32Array.of(5))
  assert.ok(farthest(found['map:agcam'], maps.get('agcam')?.[0]) < 1e-5)
})

test('a program of a sampled method is a file of its own, which scores masked images', async () => {
  const place = join(folder, 'sampled')
  await shown('rise', { onnx: join(place, 'rise.onnx'), batch: 2 })
  assert.deepEqual(readdirSync(place), ['rise.score.onnx'])
  // Nothing is masked in the first row, everything in the second.
  const mask = new Tensor('float32', new Float32Array(2 * 224 * 224).fill(1, 0, 224 * 224), [2, 1, 224, 224])
  const target = new Tensor('int64', BigInt64Array.of(5n, 5n), [2])
  const found = await outputsOf(join(place, 'rise.score.onnx'), { image, target, 'each:mask': mask })
  const expected = await run.probabilities(2, (row, out) => out.set(row === 0 ? pixels : new Float32Array(out.length)))
  const of5 = expected.map(row => row[5] ?? Number.NaN)
  assert.ok(farthest(found.score, of5) < 1e-5, `${found.score} ${of5}`)
})

test("a method of one's own is shown like any other", async () => {
  const file = join(folder, 'mine.ts')
  const template = readFileSync(new URL('../templates/one-pass.ts', import.meta.url), 'utf8')
  writeFileSync(file, template)
  assert.match(await shown('my-method', { explainer: [file] }), /returns probabilities = %\d+, map:my-method = %\d+/)
})

test('more than one method is wrong usage', async () => {
  await assert.rejects(shown('agcam,rise'), UsageError)
})
