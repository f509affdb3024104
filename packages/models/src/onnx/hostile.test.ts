import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { create } from '@bufbuild/protobuf'
import { TensorProtoSchema } from 'onnx-buf'
import { openOnnxPath } from '../node/onnx-file.ts'
import { hostileFiles } from './testing/hostile-files.ts'
import { onnxBytes } from './testing.ts'

interface Outcome {
  readonly refused: Readonly<
    Record<string, { readonly name: string; readonly message: string; readonly milliseconds: number }>
  >
  /** Largest memory of the process, MiB. */
  readonly memory: number
}

// In a process of their own, so that its memory is that of these files alone.
const outcome: Outcome = JSON.parse(
  execFileSync(process.execPath, [fileURLToPath(new URL('testing/open-hostile.ts', import.meta.url))], {
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  }),
)

for (const [what, { refusal }] of Object.entries(hostileFiles))
  test(`${what} is refused within two seconds`, () => {
    const { name, message, milliseconds } = outcome.refused[what] ?? {
      name: 'none',
      message: 'accepted',
      milliseconds: 0,
    }
    assert.equal(name, 'ModelError', message)
    assert.match(message, refusal)
    assert.match(message, /^\[vitrine\] \[models\] model\.onnx: /)
    assert.ok(message.length < 1000, `a message of ${message.length} characters`)
    assert.ok(milliseconds < 2000, `${milliseconds} ms of processor time`)
  })

test('all of them together take less than 512 MiB', () => {
  assert.ok(outcome.memory < 512, `${outcome.memory} MiB`)
})

const folder = mkdtempSync(join(tmpdir(), 'vitrine-onnx-'))
after(() => rmSync(folder, { recursive: true }))

test('a link beside the model that leaves its folder is refused', async () => {
  const outside = mkdtempSync(join(tmpdir(), 'vitrine-outside-'))
  writeFileSync(join(outside, 'secret'), new Uint8Array(16384))
  symlinkSync(join(outside, 'secret'), join(folder, 'linked.data'))
  const w = create(TensorProtoSchema, {
    name: 'w',
    dims: [64n, 64n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: 'linked.data' }],
  })
  const path = join(folder, 'model.onnx')
  writeFileSync(
    path,
    onnxBytes({
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      inputs: { x: [1, 3, 64, 64] },
      outputs: ['y'],
      tensors: { w },
    }),
  )
  await assert.rejects(openOnnxPath(path), {
    name: 'ModelError',
    message: /"linked\.data" is a link that leaves the model's folder/,
  })
  rmSync(outside, { recursive: true })
})
