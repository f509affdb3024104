import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

const script = `
  import { input, mul, program } from '@vitrine/tensor'
  import { openBackend } from '@vitrine/backends/node'
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  const executable = await backend.compile(program({ y: mul(input('x', [1]), 2) }))
  const { y } = await executable.run({ x: { shape: [1], data: Float32Array.of(3) } })
  await backend.dispose()
  console.log(y.data[0])`

test('a run leaves nothing in the folders of the user', () => {
  const root = mkdtempSync(join(tmpdir(), 'vitrine-'))
  try {
    const folders = Object.fromEntries(['HOME', 'TMPDIR', 'XDG_CACHE_HOME'].map(name => [name, join(root, name)]))
    for (const folder of Object.values(folders)) mkdirSync(folder)
    // Without these, which switch its telemetry off: CI servers set the first.
    const { CI, ORT_DISABLE_TELEMETRY, ...environment } = process.env
    const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      env: { ...environment, ...folders },
    })
    assert.equal(printed.trim(), '6')
    assert.deepEqual(readdirSync(root, { recursive: true }).sort(), Object.keys(folders).sort())
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('a worker thread, which cannot switch telemetry off, refuses to load ONNX Runtime', async () => {
  const face = JSON.stringify(import.meta.resolve('@vitrine/backends/node'))
  const open = `
    import(${face})
      .then(({ openBackend }) => openBackend('onnx:cpu'))
      .then(({ engine }) => engine, error => error.name + ': ' + error.message)
      .then(said => require('node:worker_threads').parentPort.postMessage(said))`
  const said = (env: NodeJS.ProcessEnv) =>
    new Promise((resolve, reject) => new Worker(open, { eval: true, env }).on('message', resolve).on('error', reject))
  assert.match(String(await said({})), /^BackendError: .*set ORT_DISABLE_TELEMETRY=1 in the main thread/)
  process.env.ORT_DISABLE_TELEMETRY ??= '1'
  assert.equal(await said(process.env), 'cpu')
})
