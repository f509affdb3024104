import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { costOf, engineAgreement, resultsOf } from '@vitrine/measure'
import {
  type BenchRecord,
  openStore,
  readAgreement,
  readRecords,
  recordFile,
  withoutMeasurements,
} from '@vitrine/records'
import sharp from 'sharp'
import { type Finished, start } from '../sweep/testing-bench.ts'

const run = (...args: readonly string[]): Promise<Finished> => start(args).finished
const folder = () => mkdtempSync(join(tmpdir(), 'vitrine-bench-'))
const small = '--backends onnx --datasets icon-scenes --images 6 --batch 2 --rounds 2 --threads 2'.split(' ')

test('a run measures, stores, prints and draws; a second one measures nothing again', async () => {
  const out = folder()
  const args = ['bench', ...small, '--methods', 'agcam,whole-image', '--out', out]
  const first = await run(...args)
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /icon-vit · icon-scenes · onnx:cpu · paper/)
  assert.match(first.stdout, /agcam +0\.\d{3}/)
  assert.match(first.stdout, /whole-image: 6 flat in faithfulness/)
  assert.match(first.stderr, /6 images in/)
  const records = [...readRecords(join(out, 'results'))]
  assert.deepEqual(
    records.map(r => `${r.method.id} ${r.protocol.id} ${r.status}`),
    ['agcam paper ok', 'whole-image paper ok', 'agcam standard ok', 'whole-image standard ok'],
  )
  for (const r of records) {
    assert.equal(r.images.id.length, 6)
    assert.equal(r.timing?.method.length, 2)
    const passes = costOf(r).perturbationPassesPerImage
    assert.ok(passes <= (r.protocol.id === 'paper' ? 19 : 2 * 19), `${passes} passes`)
  }
  const sheet = await sharp(join(out, 'contact-sheet.png')).metadata()
  assert.ok((sheet.width ?? 0) > 500 && (sheet.height ?? 0) > 400)
  const again = await run(...args)
  assert.equal(again.code, 0)
  assert.doesNotMatch(again.stderr, /images in/)
  assert.equal(tables(again), tables(first))
})

const tables = ({ stdout }: Finished): string => stdout.split('\nrecords ')[0] ?? ''

test('a run killed with SIGKILL goes on where it stopped and ends with the records of a single process', async () => {
  const [undisturbed, killed] = [folder(), folder()]
  const args = ['bench', ...small, '--methods', 'agcam,random', '--protocols', 'paper']
  assert.equal((await run(...args, '--out', undisturbed, '--threads', '1')).code, 0)

  const running = start([...args, '--out', killed])
  const database = join(killed, 'vitrine.sqlite')
  const poll = setInterval(() => {
    if (existsSync(database) && stored(database) > 0) running.kill('SIGKILL')
  }, 20)
  const { signal, stderr } = await running.finished
  clearInterval(poll)
  assert.equal(signal, 'SIGKILL')
  assert.ok(!stderr.includes('Error'), `its workers end in silence: ${stderr}`)
  const kept = stored(database)
  assert.ok(kept > 0 && kept < 6, `${kept} images were kept`)

  const resumed = await run(...args, '--out', killed)
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.match(resumed.stderr, new RegExp(`${kept} images are there already`))
  const [a, b] = [undisturbed, killed].map(out => [...readRecords(join(out, 'results'))])
  const numbers = (records: typeof a = []) => records.map(r => ({ ...withoutMeasurements(r), backend: r.backend.id }))
  assert.deepEqual(numbers(b), numbers(a))
  assert.deepEqual(
    b?.map(r => [r.backend.threads, r.timing?.threads]),
    [
      [2, 2],
      [2, 2],
    ],
  )
})

/** Images of the first unit in a store that another process may be writing. */
function stored(database: string): number {
  try {
    using store = openStore(database)
    const [unit] = store.units()
    return unit ? store.images(unit.id).images.id.length : 0
  } catch {
    return 0
  }
}

test('an interrupted run says that it can go on and exits with 130', async () => {
  const out = folder()
  const running = start(['bench', ...small, '--methods', 'random', '--protocols', 'paper', '--out', out])
  const poll = setInterval(() => {
    if (!existsSync(join(out, 'vitrine.sqlite')) || stored(join(out, 'vitrine.sqlite')) === 0) return
    clearInterval(poll)
    running.kill('SIGINT')
  }, 20)
  const { code, stderr } = await running.finished
  clearInterval(poll)
  assert.equal(code, 130)
  assert.match(stderr, /the same command goes on from here/)
})

const wrong: readonly (readonly [string[], RegExp])[] = [
  [['--methods', 'agcan'], /unknown method "agcan"\. Did you mean "agcam"\? Known: .*agcam, /],
  [['--datasets', 'imagenet'], /unknown dataset "imagenet"/],
  [['--protocols', 'papers'], /Did you mean "paper"/],
  [['--models', 'vit'], /unknown model "vit"/],
  [['--backends', 'tensorrt'], /unknown backend "tensorrt"\. Did you mean .* Known: onnx, tfjs/],
  [['--images', '0'], /--images: expected a whole number of at least 1, got "0"/],
  [['--images', '20000'], /icon-scenes has 10000 images, got 20000/],
  [['--thresholds', '0.9,0.1'], /expected ascending numbers/],
  [['--shard', '3/2'], /--shard: expected i\/n/],
  [['--format', 'xml'], /--format: expected text, json or none, got "xml"/],
  [['--explainer', 'nowhere.ts'], /--explainer: nowhere\.ts cannot be loaded/],
  [['--colour'], /unknown option '--colour'/],
]

for (const [args, message] of wrong)
  test(`${args.join(' ')} is wrong usage: exit code 2 and what is known`, async () => {
    const { code, stderr, stdout } = await run('bench', ...args)
    assert.match(stderr, message)
    assert.equal(code, 2)
    assert.equal(stdout, '')
  })

test('a dry run prints the plan and its cost and writes nothing', async () => {
  const out = join(folder(), 'none')
  const { code, stdout } = await run('bench', '--dry-run', '--images', '10', '--methods', 'agcam,random', '--out', out)
  assert.equal(code, 0)
  assert.match(stdout, /icon-vit on icon-scenes, onnx:cpu: 4 records, 10 images, \d+ to \d+ forward passes/)
  assert.equal(existsSync(out), false)
})

test('a store is published as files and rebuilt from them by one command each', async () => {
  const out = folder()
  await run('bench', ...small, '--images', '2', '--methods', 'random', '--quiet', '--out', out)
  const [from, to] = [join(out, 'vitrine.sqlite'), join(out, 'published')]
  const published = await run('publish', '--from', from, '--to', to)
  assert.match(published.stdout, /2 written, 0 unchanged, 0 superseded/)
  const rebuilt = await run('rebuild', '--from', to, '--to', join(out, 'again.sqlite'))
  assert.match(rebuilt.stdout, /2 records/)
  using store = openStore(join(out, 'again.sqlite'))
  assert.deepEqual([...store.records()].map(r => r.id).sort(), [...readRecords(to)].map(r => r.id).sort())
})

test('a method that is added later adds its files and changes no other', async () => {
  const out = folder()
  const args = [...small, '--images', '2', '--protocols', 'paper', '--rounds', '1', '--quiet', '--out', out]
  await run('bench', ...args, '--methods', 'random')
  const [random] = [...readRecords(join(out, 'results'))]
  const file = join(out, 'results', random ? recordFile(random) : '')
  const before = readFileSync(file, 'utf8')
  await run('bench', ...args, '--methods', 'random,center-gaussian')
  assert.deepEqual(
    [...readRecords(join(out, 'results'))].map(({ method }) => method.id),
    ['center-gaussian', 'random'],
  )
  assert.equal(readFileSync(file, 'utf8'), before)
  await run('rebuild', '--from', join(out, 'results'), '--to', join(out, 'again.sqlite'))
  const again = await run('publish', '--from', join(out, 'again.sqlite'), '--to', join(out, 'results'))
  assert.match(again.stdout, /0 written, 2 unchanged/)
})

test('explain draws each asked class with every method, or prints raw maps', async () => {
  const out = folder()
  const scene = 'icon-scenes-pairs/0/00003'
  const args = ['explain', scene, '--class', 'sailboat', '--class', '15', '--methods', 'agcam,whole-image']
  const drawn = await run(...args, '--out', out)
  assert.equal(drawn.code, 0, drawn.stderr)
  assert.equal(readdirSync(out).length, 6)
  const printed = await run(...args, '--json')
  const lines = printed.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.deepEqual(
    lines.map(l => `${l.class.name} ${l.method} ${l.map.length}x${l.map[0].length}`),
    ['sailboat agcam 14x14', 'sailboat whole-image 14x14', 'penguin agcam 14x14', 'penguin whole-image 14x14'],
  )
})

test('explain says what is wrong with a file or a class', async () => {
  const missing = await run('explain', 'nowhere.png')
  assert.match(missing.stderr, /nowhere\.png: expected a picture or a scene/)
  assert.equal(missing.code, 1)
  const unknown = await run('explain', 'icon-scenes/0/00001', '--class', 'catt')
  assert.match(unknown.stderr, /unknown class "catt"\. Did you mean "cat"/)
  assert.equal(unknown.code, 2)
})

test('json goes to stdout alone', async () => {
  const { stdout, stderr, code } = await run(
    'bench',
    ...small,
    '--images',
    '2',
    '--methods',
    'random',
    '--format',
    'json',
    '--quiet',
    '--out',
    folder(),
  )
  assert.equal(code, 0)
  assert.equal(stderr, '')
  assert.deepEqual(
    JSON.parse(stdout).records.map((r: { status: string }) => r.status),
    ['ok', 'ok'],
  )
})

test("a method from a file of one's own is measured: the example of the README", async () => {
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8')
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1]
  assert(example)
  const out = folder()
  const file = join(out, 'last-attention.ts')
  writeFileSync(file, example)
  const { code, stdout, stderr } = await run(
    'bench',
    ...small,
    '--explainer',
    file,
    '--methods',
    'last-attention,random',
    '--out',
    out,
  )
  assert.equal(code, 0, stderr)
  assert.match(stdout, /last-attention +0\.\d{3}/)
})

test('a method that fails while it runs costs its own rows and no others', async () => {
  const out = folder()
  const file = join(out, 'broken.ts')
  writeFileSync(
    file,
    `import { explainer } from '@vitrine/explainers'
    import { parameter, add, reshape, sum } from '@vitrine/tensor'
    const source = { authors: 'nobody', venue: '', url: 'https://example.org' }
    export default explainer({ id: 'broken', name: 'Broken', source, family: 'control', classSpecific: false,
      explain: ({ random }) => add(random('map', [14, 14]), reshape(sum(parameter('no.such.weight', [3]), [0]), [])) })`,
  )
  const args = ['bench', ...small, '--images', '2', '--protocols', 'paper']
  const { code, stdout, stderr } = await run(...args, '--explainer', file, '--methods', 'broken,random', '--out', out)
  assert.equal(code, 1)
  assert.match(stderr, /no\.such\.weight/)
  assert.match(stdout, /\(random\) +0\.\d{3}/)
  assert.match(stdout, /broken: failed: .*no\.such\.weight/)
})

test('two engines are compared image by image: a file beside the record has the maps, and a table says it', async () => {
  const out = folder()
  const args = ['bench', ...small, '--images', '2', '--methods', 'agcam,whole-image', '--out', out]
  const { code, stdout, stderr } = await run(...args, '--backends', 'onnx:cpu,tfjs:wasm')
  assert.equal(code, 0, stderr)
  assert.match(stdout, /icon-vit · tfjs:wasm against onnx:cpu/)
  assert.match(stdout, /On every image: agcam, whole-image\./)
  const records = [...readRecords(join(out, 'results'))]
  const agreement = (r: BenchRecord) => readAgreement(join(out, 'results', recordFile(r)), r.id)
  for (const r of records.filter(r => r.backend.id === 'onnx')) assert.deepEqual(agreement(r), [])
  for (const r of records.filter(r => r.backend.id === 'tfjs')) {
    const [stored] = agreement(r)
    assert.equal(stored?.engine, 'onnx:cpu')
    const reference = records.find(other => other.id === stored.record && other.method.id === r.method.id)
    assert.ok(reference)
    const against = engineAgreement(stored, reference, r)
    assert.ok((against.summary['map.predicted.absolute']?.worst ?? 1) < 1e-5)
    assert.ok(against.columns['faithfulness.label.abpc'])
    assert.deepEqual(r.timing?.alongside, ['onnx:cpu'])
    if (r.method.id === 'agcam') assert.ok((against.summary['map.predicted.spearman']?.worst ?? 0) > 0.999)
  }
})

test('an engine that this machine lacks says how to get it, its rows are unsupported, and the others are unharmed', async () => {
  const out = folder()
  const args = ['bench', ...small, '--images', '2', '--methods', 'random', '--out', out]
  const { code, stdout, stderr } = await run(...args, '--backends', 'tfjs:node-gpu,onnx:coreml,onnx:cpu')
  assert.equal(code, 1)
  for (const engine of ['node-gpu', 'coreml']) assert.match(stderr, new RegExp(`engine "${engine}" is not available`))
  assert.match(stdout, /random: unsupported: .*engine "node-gpu" is not available.* It needs .*NVIDIA GPU/)
  assert.deepEqual(
    [...readRecords(join(out, 'results'))].map(r => `${r.backend.id}:${r.backend.engine} ${r.status}`).sort(),
    ['onnx:coreml unsupported', 'onnx:cpu ok', 'tfjs:node-gpu unsupported'].flatMap(row => [row, row]),
  )
})

test('a method that kills the process it runs in costs its own rows and no others', async () => {
  const out = folder()
  const file = join(out, 'deadly.ts')
  writeFileSync(
    file,
    `import { explainer } from '@vitrine/explainers'
    const source = { authors: 'nobody', venue: '', url: 'https://example.org' }
    export default explainer({ id: 'deadly', name: 'Deadly', source, family: 'control', classSpecific: false,
      explain({ image, random }) {
        if (image.shape[0] === 2) process.kill(process.pid, 'SIGKILL')
        return random('map', [14, 14])
      } })`,
  )
  const args = ['bench', ...small, '--images', '4', '--protocols', 'paper', '--out', out]
  const { code, stdout, stderr } = await run(...args, '--explainer', file, '--methods', 'random,deadly,center-gaussian')
  assert.equal(code, 1)
  assert.match(stderr, /icon-scenes: .* was ended by SIGKILL.*; the batch is tried again/)
  assert.match(stderr, /icon-scenes: .* was ended by SIGKILL.*; each method of your own goes on alone/)
  assert.match(stdout, /deadly: failed: the process of icon-vit on onnx was ended by SIGKILL/)
  assert.deepEqual(
    [...readRecords(join(out, 'results'))].map(r => `${r.method.id} ${r.status} ${r.images.index.length}`),
    ['center-gaussian ok 4', 'deadly failed 0', 'random ok 4'],
  )
})

test("a tree of one's own images is measured beside the scenes, with its broken image named", async () => {
  const [out, copy] = [folder(), folder()]
  cpSync(fileURLToPath(new URL('../../../../packages/datasets/fixtures/ilsvrc-mini', import.meta.url)), copy, {
    recursive: true,
  })
  truncateSync(join(copy, 'Data/CLS-LOC/val/n90000002/ILSVRC2012_val_00000002.JPEG'), 2000)
  const args = ['--datasets', `icon-scenes,ilsvrc:${copy}`, '--images', '3', '--methods', 'random', '--rounds', '1']
  const { code, stdout, stderr } = await run('bench', ...small, ...args, '--protocols', 'paper', '--out', out)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /icon-vit · ilsvrc · onnx:cpu · paper/)
  assert.match(stdout, /1 of 3 images cannot be read: ilsvrc\/ILSVRC2012_val_00000002 \(\S/)
  const [, photographs] = [...readRecords(join(out, 'results'))]
  assert.deepEqual([photographs?.dataset.id, photographs && resultsOf(photographs).counts.unreadable], ['ilsvrc', 1])
  assert.deepEqual(photographs?.images.label, [0, 1, 2])
  assert.ok(!JSON.stringify(photographs).includes(copy), 'no path of this machine is published')
})
