import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel } from '@vitrine/models'
import { blend, colourAt, cssGradient, legends } from '@vitrine/paint'
import sharp from 'sharp'
import { classOf, likeliest } from '../open/asked-class.ts'
import { readSubject } from '../open/picture.ts'
import { overlay } from '../report/draw.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const tinyCheckpoint = fileURLToPath(new URL('../../../../packages/models/fixtures/tiny/model.pth', import.meta.url))
const folder = () => mkdtempSync(join(tmpdir(), 'vitrine-explain-'))

interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const run = (...args: readonly string[]): Promise<Finished> =>
  new Promise(resolve => {
    execFile(process.execPath, [main, 'explain', ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })

/** A picture of a red square on grey, 300 x 200. */
async function photo(): Promise<string> {
  const file = join(folder(), 'photo.png')
  const square = { create: { width: 60, height: 60, channels: 3, background: '#f00' } } as const
  await sharp({ create: { width: 300, height: 200, channels: 3, background: '#888' } })
    .composite([{ input: await sharp(square).png().toBuffer(), left: 20, top: 30 }])
    .png()
    .toFile(file)
  return file
}

test('a checkpoint explains a picture: one object a line, as documented, and nothing else', async () => {
  const args = ['--checkpoint', tinyCheckpoint, '--top', '3', '--method', 'agcam,random', '--json']
  const { code, stdout, stderr } = await run(await photo(), ...args)
  assert.equal(code, 0, stderr)
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.equal(lines.length, 6)
  for (const line of lines) {
    assert.deepEqual(Object.keys(line), [
      'image',
      'model',
      'method',
      'backend',
      'class',
      'predicted',
      'rows',
      'columns',
      'map',
    ])
    assert.deepEqual(Object.keys(line.class), ['index', 'name', 'probability'])
    assert.deepEqual([line.rows, line.columns, line.map.length, line.map[0].length], [14, 14, 14, 14])
    assert.deepEqual([line.model, line.backend], ['tiny', 'onnx:cpu'])
  }
  const probabilities = lines.map(line => line.class.probability)
  assert.deepEqual(
    probabilities,
    probabilities.toSorted((a, b) => b - a),
  )
  assert.deepEqual(lines[0].class, lines[0].predicted)
})

test('pictures and stand-alone sheets are written, and their paths printed', async () => {
  const out = folder()
  const { code, stdout, stderr } = await run(
    await photo(),
    '--method',
    'agcam,attention-rollout',
    '--class',
    'cat',
    '--out',
    out,
  )
  assert.equal(code, 0, stderr)
  const files = readdirSync(out).toSorted()
  assert.deepEqual(files, [
    'photo.onnx-cpu.cat.agcam.png',
    'photo.onnx-cpu.cat.attention-rollout.png',
    'photo.onnx-cpu.sheet.html',
    'photo.onnx-cpu.sheet.png',
  ])
  assert.equal(stdout.trim().split('\n').length, files.length)
  const page = readFileSync(join(out, 'photo.onnx-cpu.sheet.html'), 'utf8')
  assert.doesNotMatch(page, /(?:src|href)="(?!data:)/)
  assert.match(page, /attention-rollout<br><small>.* to .*; same for every class/)
  assert.match(page, /<meter value="0\.\d+">/)
  const { width = 0, height = 0 } = await sharp(join(out, 'photo.onnx-cpu.sheet.png')).metadata()
  assert.ok(width > 600 && height > 350, `${width} x ${height}`)
})

test('a map without finite numbers is left out and the exit code says so', async () => {
  const file = join(folder(), 'broken.ts')
  writeFileSync(
    file,
    `import { explainer } from '@vitrine/explainers'
     import { log, sub } from '@vitrine/tensor'
     const source = { authors: 'A', venue: 'B', url: 'https://example.org' }
     export default explainer({ id: 'broken', name: 'Broken', source, family: 'gradient', classSpecific: false,
       explain: ({ random }) => log(sub(random('map', [14, 14]), 2)) })`,
  )
  const args = ['--explainer', file, '--method', 'broken,agcam', '--json']
  const { code, stdout, stderr } = await run(await photo(), ...args)
  assert.equal(code, 1)
  assert.match(stderr, /broken: the map has NaN or infinite numbers; it is left out/)
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).method),
    ['agcam'],
  )
})

test('what cannot be meant together is refused', async () => {
  const both = await run('photo.png', '--class', 'cat', '--top', '2')
  assert.match(both.stderr, /expected --class or --top, got both/)
  assert.equal(both.code, 2)
})

const imagenet = ['tench, Tinca tinca', 'crane', 'tabby, tabby cat', 'crane']

test('a class is found by index, name or synonym', () => {
  assert.equal(classOf(imagenet, '2'), 2)
  assert.equal(classOf(imagenet, 'Tabby cat'), 2)
  assert.equal(classOf(imagenet, 'tench, Tinca tinca'), 0)
  assert.throws(() => classOf(imagenet, '4'), /expected an index below 4, got 4/)
  assert.throws(() => classOf(imagenet, 'tabbi'), /unknown class "tabbi"\. Did you mean "tabby"\?/)
  assert.throws(
    () =>
      classOf(
        imagenet.slice(1, 4).map(n => n.replace('crane', 'crane, bird')),
        'crane',
      ),
    /several classes: 0 \(crane, bird\), 2/,
  )
  assert.throws(() => classOf(['class 0', 'class 1'], 'cat'), /names no classes: ask for an index below 2/)
})

test('the likeliest classes come likeliest first', () => {
  assert.deepEqual(likeliest(Float32Array.of(0.1, 0.5, 0.15, 0.25), 3), [1, 3, 2])
})

test('the truth of a scene is known for its classes, in shares of the picture', async () => {
  const model = await openModel('icon-vit')
  const { truth, credit } = await readSubject('icon-scenes-pairs/0/00003', model, 0)
  const [sailboat] = truth(model.classNames.indexOf('sailboat'))
  assert(sailboat)
  assert.ok(sailboat.left > 0.4 && sailboat.right < 1 && sailboat.bottom < 0.6)
  assert.deepEqual(truth(model.classNames.indexOf('guitar')), [])
  assert.match(credit ?? '', /Twitter/)
})

test('evidence for is orange, evidence against purple, and the image is grey where there is none', () => {
  const image = { width: 3, height: 1, data: new Uint8Array([200, 100, 50, 200, 100, 50, 200, 100, 50]) }
  const { picture, ramp } = overlay(image, [-1, 0, 1], 1, 3, { signed: true, scale: 'relative' })
  const grey = 0.299 * 200 + 0.587 * 100 + 0.114 * 50
  const over = (position: number) => blend([grey, grey, grey], colourAt(position, 'diverging'))
  assert.equal(ramp, 'diverging')
  assert.deepEqual([...picture.data], [over(0), Array(3).fill(Math.round(grey)), over(1)].flat())
})

test('a signed map is painted by its signs, and the sheets explain both hues', async () => {
  const [file, out] = [join(folder(), 'signs.ts'), folder()]
  writeFileSync(
    file,
    `import { explainer } from '@vitrine/explainers'
     import { sub } from '@vitrine/tensor'
     const source = { authors: 'A', venue: 'B', url: 'https://example.org' }
     export default explainer({ id: 'signs', name: 'Signs', source, family: 'gradient', classSpecific: false, signed: true,
       explain: ({ random }) => sub(random('map', [14, 14]), 0.5) })`,
  )
  const args = [await photo(), '--explainer', file, '--method', 'signs', '--class', 'cat', '--out', out]
  const drawn = await run(...args)
  assert.equal(drawn.code, 0, drawn.stderr)
  const { rows, columns, map } = JSON.parse((await run(...args, '--json')).stdout)
  const values: number[] = map.flat()
  const { data, info } = await sharp(join(out, 'photo.onnx-cpu.cat.signs.png'))
    .raw()
    .toBuffer({ resolveWithObject: true })
  const colourOf = (patch: number) => {
    const y = Math.floor(((Math.floor(patch / columns) + 0.5) * info.height) / rows)
    const x = Math.floor((((patch % columns) + 0.5) * info.width) / columns)
    return [...data.subarray(3 * (y * info.width + x), 3 * (y * info.width + x) + 3)] as [number, number, number]
  }
  const [red, , blue] = colourOf(values.indexOf(Math.max(...values)))
  assert.ok(red > blue + 60, 'the most evidence for is warm')
  const [r, g, b] = colourOf(values.indexOf(Math.min(...values)))
  assert.ok(b > r + 20 && r > g, 'the most evidence against is purple')
  const page = readFileSync(join(out, 'photo.onnx-cpu.sheet.html'), 'utf8')
  assert.ok(page.includes(cssGradient('diverging')))
  assert.ok(page.includes(legends.diverging.low) && page.includes(legends.diverging.high))
  assert.ok(!page.includes(legends.sequential.low))
})
