import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { encodePng, openDataset } from '@vitrine/datasets'
import { resultsOf } from '@vitrine/measure'
import { type BenchRecord, readRecords, recordFile } from '@vitrine/records'

// From nothing to a row in a table, for each kind of plugin but methods, which `new.test.ts` has.

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const folder = (): string => mkdtempSync(join(tmpdir(), 'vitrine-plugins-'))

const run = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise(resolve => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

const small = '--backends onnx:cpu --images 2 --batch 2 --rounds 1 --threads 1 --processes 1'.split(' ')

const only = (out: string): BenchRecord => {
  const [record, ...others] = [...readRecords(join(out, 'results'))]
  assert.ok(record && others.length === 0)
  return record
}

test('a metric in a file is measured in columns of its own, known by its code or version, from maps where it changes', async () => {
  const out = folder()
  const file = join(out, 'busy.ts')
  const made = await run('new', 'metric', 'busy-cells', '--file', file)
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /npx -y pnpm@12 bench --metric .*busy\.ts --methods agcam,random --protocols standard/)
  const text = readFileSync(file, 'utf8')
  const bench = () =>
    run(
      'bench',
      ...small,
      '--datasets',
      'icon-scenes',
      '--methods',
      'agcam',
      '--protocols',
      'standard',
      '--metric',
      file,
      '--out',
      out,
    )
  const write = (change: (text: string) => string) => writeFileSync(file, change(text))

  // Without a version, the hash of the file tells what its values are.
  write(code => code.replace('  version: 1,\n', ''))
  const first = await bench()
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /^your metrics +busy cells - +95 % +rank$/m)
  assert.match(first.stdout, /^agcam +0\.9\d\d /m)
  const before = only(out)
  assert.match(String(before.versions['custom.busy-cells']), /^[0-9a-f]{64}$/)
  assert.deepEqual(
    before.metrics?.map(({ id, name, direction, range }) => [id, name, direction, range]),
    [['busy-cells', 'Busy cells', 'lower', [0, 1]]],
  )
  const values = before.columns['custom.predicted.busy-cells']
  assert.equal(values?.length, 2)
  assert.deepEqual(before.columns['custom.predicted.state'], ['ok', 'ok'])

  // Another file is another version: its column alone is computed again, from the stored maps.
  write(code => code.replace('  version: 1,\n', '').replace('value > 0)', 'value <= 0)'))
  const second = await bench()
  assert.equal(second.code, 0, second.stderr)
  assert.match(second.stderr, /icon-scenes: 2 maps measured again, without an engine/)
  assert.doesNotMatch(second.stderr, /images in|timing/)
  const after = only(out)
  assert.notEqual(after.id, before.id)
  assert.deepEqual(after.previously, [before.id])
  assert.deepEqual(after.timing, before.timing)
  const close = (a: unknown, b: unknown) => assert.ok(Math.abs(Number(a) - Number(b)) < 2e-6, `${a} ${b}`)
  for (const [i, value] of (after.columns['custom.predicted.busy-cells'] ?? []).entries())
    close(value, 1 - Number(values?.[i]))
  const bundled = ({ columns }: BenchRecord) => Object.entries(columns).filter(([name]) => !name.startsWith('custom.'))
  assert.deepEqual(bundled(after), bundled(before))

  // A declared version stands for the code.
  write(code => code)
  assert.equal((await bench()).code, 0)
  const declared = only(out)
  assert.equal(declared.versions['custom.busy-cells'], 1)
  assert.deepEqual(declared.columns['custom.predicted.busy-cells'], values)
  assert.ok(Number(resultsOf(declared).summary['custom.predicted.busy-cells']) > 0.9)

  // Whoever verifies such a record needs the file.
  const record = join(out, 'results', recordFile(declared))
  const without = await run('verify', record, '--quiet')
  assert.equal(without.code, 2)
  assert.match(without.stdout, /has the columns custom\.busy-cells: --metric FILE says what computes them/)
  const verified = await run('verify', record, '--metric', file, '--quiet')
  assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  assert.match(verified.stdout, /1 of 1 hold/)
})

test('a metric that fails costs its own column, and remeasure makes it from the maps once the file is mended', async () => {
  const out = folder()
  const [broken, sound] = [join(out, 'broken.ts'), join(out, 'sound.ts')]
  await run('new', 'metric', 'broken-cells', '--file', broken)
  await run('new', 'metric', 'sound-cells', '--file', sound)
  const mended = readFileSync(broken, 'utf8')
  writeFileSync(broken, mended.replace(/return values.*/, `throw new Error('no\\u001b[2J idea')`))
  const asked = '--datasets icon-scenes --methods random --protocols standard'.split(' ')
  const metrics = ['--metric', broken, '--metric', sound]
  const bench = await run('bench', ...small, ...asked, ...metrics, '--out', out)
  assert.equal(bench.code, 1, bench.stderr)
  assert.match(
    bench.stdout,
    /random: 2 of 2 maps of the predicted class have no value: .*broken-cells: measure: no\\u\{1b\}\[2J idea/,
  )
  const before = only(out)
  assert.equal(before.status, 'ok')
  const { columns } = before
  assert.deepEqual(columns['custom.predicted.broken-cells'], [null, null])
  assert.match(
    String(columns['custom.label.broken-cells.failed']),
    /broken-cells: measure: .*,.*broken-cells: measure: /,
  )
  assert.ok(columns['custom.predicted.sound-cells']?.every(value => typeof value === 'number'))
  assert.deepEqual(columns['texture.predicted.state'], ['ok', 'ok'])

  writeFileSync(broken, mended.replace('version: 1', 'version: 2'))
  const from = ['--from', join(out, 'vitrine.sqlite')]
  const remeasured = await run('remeasure', ...from, ...metrics)
  assert.equal(remeasured.code, 0, remeasured.stderr)
  assert.match(remeasured.stdout, /1 of 1 records had columns of an earlier version/)
  assert.match(remeasured.stderr, /icon-scenes: 2 maps measured again, without an engine/)
  const results = join(out, 'again')
  assert.equal((await run('publish', ...from, '--to', results)).code, 0)
  const after = [...readRecords(results)].find(({ previously }) => previously.includes(before.id))
  assert.ok(after)
  assert.deepEqual(
    Object.keys(after.columns).filter(name => name.endsWith('.failed')),
    [],
  )
  // Both files compute the same.
  assert.deepEqual(after.columns['custom.predicted.broken-cells'], after.columns['custom.predicted.sound-cells'])
  const bundled = (record: BenchRecord) =>
    Object.entries(record.columns).filter(([name]) => !name.startsWith('custom.'))
  assert.deepEqual(bundled(after), bundled(before))
})

/** Two scenes as pictures with a table, as the template's reader wants them. */
async function exampleIn(root: string): Promise<void> {
  const scenes = await openDataset('icon-scenes')
  mkdirSync(join(root, 'images'), { recursive: true })
  const lines = await Promise.all(
    [0, 1].map(async index => {
      const { image, label, objects } = await scenes.sample(index)
      writeFileSync(join(root, 'images', `${index}.png`), await encodePng(image))
      return `${index}.png,${scenes.classNames[label]},${objects[0]?.box.join(',')}`
    }),
  )
  writeFileSync(join(root, 'labels.csv'), ['file,class,xmin,ymin,xmax,ymax', ...lines, ''].join('\n'))
}

test('a kind of dataset in a file is read by every worker', async () => {
  const out = folder()
  const [file, data] = [join(out, 'mine.ts'), join(out, 'data')]
  const made = await run('new', 'dataset', 'my-pictures', '--file', file)
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stdout, /npx -y pnpm@12 bench --dataset .*mine\.ts --datasets my-pictures:\.\/data/)
  await exampleIn(data)
  const asked = ['--dataset', file, '--datasets', `my-pictures:${data}`]
  const { code, stdout, stderr } = await run(
    'bench',
    ...small,
    ...asked,
    '--methods',
    'random',
    '--protocols',
    'standard',
    '--out',
    out,
  )
  assert.equal(code, 0, stderr)
  assert.match(stdout, /icon-vit · my-pictures · onnx:cpu · standard/)
  const record = only(out)
  assert.deepEqual(record.images.id, ['my-pictures/0.png', 'my-pictures/1.png'])
  assert.deepEqual(record.columns['localization.predicted.state'], ['ok', 'ok'])
  const verified = await run(
    'verify',
    join(out, 'results', recordFile(record)),
    '--dataset',
    file,
    '--dataset',
    `my-pictures:${data}`,
  )
  assert.equal(verified.code, 0, verified.stdout + verified.stderr)
  const unknown = await run('bench', ...small, '--datasets', `my-picture:${data}`, '--dataset', file, '--out', out)
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /unknown dataset .* Did you mean "my-pictures:PATH"/)
})

test('conformance knows what a file defines', async () => {
  const out = folder()
  const files = { explainer: join(out, 'method.ts'), metric: join(out, 'metric.ts'), dataset: join(out, 'dataset.ts') }
  for (const [kind, file] of Object.entries(files)) await run('new', kind, `my-${kind}`, '--file', file)
  const example = join(out, 'example')
  await exampleIn(example)
  const { code, stdout } = await run('conformance', ...Object.values(files), '--data', example)
  assert.equal(code, 0, stdout)
  for (const kind of Object.keys(files)) assert.match(stdout, new RegExp(`my-${kind}`))
  const none = await run('conformance', files.dataset)
  assert.equal(none.code, 2)
  assert.match(none.stderr, /my-dataset: expected --data PATH/)
  cpSync(files.metric, files.explainer)
  const wrong = await run('bench', '--explainer', files.explainer)
  assert.equal(wrong.code, 2)
  assert.match(
    wrong.stderr,
    /--explainer: .*method\.ts: expected `export default explainer\(\{ … \}\)`, got `export default metric/,
  )
})
