import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const tiny = fileURLToPath(new URL('../../../../packages/models/fixtures/tiny/model.pth', import.meta.url))

const place = mkdtempSync(join(tmpdir(), 'vitrine-told-'))
after(() => rmSync(place, { recursive: true, force: true }))

test('bench tells what it opens, what is assumed and left out; if no image can be read, the exit code is 1', async () => {
  const [model, data, out] = ['own-vit', 'data', 'out'].map(name => join(place, name)) as [string, string, string]
  for (const folder of [model, join(data, 'cat'), join(data, 'dog')]) mkdirSync(folder, { recursive: true })
  copyFileSync(tiny, join(model, 'model.pth'))
  const names = ['cat', 'dog', ...Array.from({ length: 8 }, (_, i) => (i < 2 ? 'crane' : `other ${i}`))]
  writeFileSync(join(model, 'config.json'), JSON.stringify({ class_names: names, num_heads: 3 }))
  writeFileSync(join(data, 'cat/a.png'), 'no picture')
  const args = ['--checkpoint', model, '--datasets', `folder:${data}`, '--images', '1', '--methods', 'random']
  const rest = ['--backends', 'onnx', '--protocols', 'paper', '--rounds', '1', '--out', out]
  const { code, stdout, stderr } = await new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [main, 'bench', ...args, ...rest], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
  assert.equal(code, 1)
  assert.match(stderr, /^Opening .*own-vit and the images of folder:.*, for random on onnx …\n/)
  assert.match(stderr, /^own-vit: .*assumed.*\[mean=imagenet\]/m)
  assert.match(stderr, /^folder-data: .*folder without pictures.*dog/m)
  assert.match(stdout, /1 of 1 images cannot be read: folder-data\/cat\/a\.png \(/)
  assert.doesNotMatch(stdout + stderr, /NaN|\n\s+at /)
  const record = readdirSync(join(out, 'results'), { recursive: true, encoding: 'utf8' }).find(f => f.endsWith('.json'))
  const { model: recorded } = JSON.parse(readFileSync(join(out, 'results', record ?? ''), 'utf8'))
  assert.match(recorded.details.cautions.join(), /assumed/)
})
