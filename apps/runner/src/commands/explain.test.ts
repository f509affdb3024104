import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeImage } from '@vitrine/datasets'
import { explainers, resolveOptions } from '@vitrine/explainers'
import { explanationProgram, onePassOf } from '@vitrine/explainers/run'
import { fitPicture, normalise, openModel } from '@vitrine/models'
import { blend, colourAt, cssGradient, legends } from '@vitrine/paint'
import { interpret } from '@vitrine/tensor'
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

test('a picture that cannot be read is named and stops no other, and the exit code says so', async () => {
  const place = folder()
  const [good, better] = [join(place, 'good.png'), join(place, 'better.png')]
  for (const file of [good, better]) copyFileSync(await photo(), file)
  const bad = ['empty.jpg', 'drawing.png', 'missing.png', 'pipe.png'].map(name => join(place, name))
  const [empty = '', drawing = '', , pipe = ''] = bad
  writeFileSync(empty, '')
  writeFileSync(drawing, '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>')
  execFileSync('mkfifo', [pipe])
  const { code, stdout, stderr } = await run(good, ...bad, place, better, '--method', 'random', '--out', folder())
  assert.equal(code, 1)
  assert.match(stdout, /good\.onnx-cpu\.sheet\.png\n[\s\S]*better\.onnx-cpu\.sheet\.png\n/)
  for (const [file, problem] of [
    [empty, 'found an empty file'],
    [drawing, 'expected an image in JPEG, PNG, .*, found another kind of file'],
    [bad[2], 'expected a file, found none'],
    [pipe, 'found a pipe or a device'],
    [place, 'found a folder'],
  ])
    assert.match(stderr, new RegExp(`^${file}: expected a picture or a scene.*${problem}`, 'm'))
  assert.doesNotMatch(stderr, /\n\s+at /)
})

test('what is predicted is told before anything is drawn, with a hint that the bundled model knows icons', async () => {
  const { stdout, stderr } = await run(await photo(), '--method', 'random', '--out', folder())
  assert.match(stderr, /photo\.png: predicted \w[\w -]* \d+\.\d %, .*%, .*%$/m)
  assert.match(stderr, /icon-vit knows 32 icons.*--model hf:/)
  assert.doesNotMatch(stdout, /predicted/)
  const scene = await run('icon-scenes/0/00001', '--method', 'random', '--out', folder())
  assert.doesNotMatch(scene.stderr, /knows 32 icons/)
})

test('a method that throws is named with its place, and the others are drawn', async () => {
  const file = join(folder(), 'throws.ts')
  writeFileSync(
    file,
    `import { explainer } from '@vitrine/explainers'
     const source = { authors: 'A', venue: 'B', url: 'https://example.org' }
     export default explainer({ id: 'throws', name: 'Throws', source, family: 'attention', classSpecific: false,
       explain: () => { throw new Error('a mistake') } })`,
  )
  const out = folder()
  const { code, stdout, stderr } = await run(
    ...[await photo(), '--explainer', file, '--methods', 'throws,agcam', '--class', 'cat', '--out', out],
  )
  assert.equal(code, 1)
  assert.match(stderr, /^throws: a mistake \(throws\.ts:4\)$/m)
  assert.doesNotMatch(stderr, /\n\s+at /)
  assert.match(stdout, /photo\.onnx-cpu\.cat\.agcam\.png/)
})

test('two classes of one name have files of their own, and what a checkpoint does not say is told', async () => {
  const place = folder()
  copyFileSync(tinyCheckpoint, join(place, 'model.pth'))
  const { classNames } = await openModel(tinyCheckpoint)
  const names = classNames.map((_, i) => (i < 2 ? 'cr\u001b[31mane' : `other ${i}`))
  writeFileSync(join(place, 'config.json'), JSON.stringify({ class_names: names, num_heads: 3 }))
  const out = folder()
  const { code, stderr } = await run(
    ...[await photo(), '--checkpoint', place, '--class', '0', '--class', '1', '--method', 'random', '--out', out],
  )
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^\S+: .*assumed.*\[mean=imagenet\]/m)
  assert.ok(!stderr.includes('\u001b'), 'no control characters')
  assert.deepEqual(
    readdirSync(out).filter(name => name.includes('random')),
    ['photo.onnx-cpu.0-cr-31mane.random.png', 'photo.onnx-cpu.1-cr-31mane.random.png'],
  )
})

test('an output folder that is a file is told in a line with what to do', async () => {
  const file = join(folder(), 'file')
  writeFileSync(file, '')
  const { code, stderr } = await run('icon-scenes/0/00001', '--method', 'random', '--out', file)
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^\[vitrine\] making the folder .*file: something else lies there \(EEXIST\)\. Choose another place\.$/m,
  )
  assert.doesNotMatch(stderr, /\n\s+at /)
})

/** A picture that is red on the left and blue on the right, larger than the model's. */
const halves = () =>
  sharp({ create: { width: 400, height: 200, channels: 3, background: '#00f' } }).composite([
    { input: { create: { width: 200, height: 200, channels: 3, background: '#f00' } }, left: 0, top: 0 },
  ])

test('a file is decoded as the readers of datasets decode it', async () => {
  const model = await openModel('icon-vit')
  const place = folder()
  const transparent = {
    create: { width: 300, height: 300, channels: 4, background: { r: 9, g: 99, b: 199, alpha: 0.2 } },
  } as const
  const files = { 'cmyk.jpg': halves().toColourspace('cmyk').jpeg(), 'transparent.png': sharp(transparent).png() }
  for (const [name, picture] of Object.entries(files)) {
    const file = join(place, name)
    await picture.toFile(file)
    const { picture: found, notes } = await readSubject(file, model)
    const expected = fitPicture(model.fit, model.transformer.input.imageSize, await decodeImage(file))
    assert.deepEqual(found, expected, name)
    assert.deepEqual(notes, [], name)
  }
})

test('a picture that lies on its side is turned upright, and it is said that bench does not', async () => {
  const model = await openModel('icon-vit')
  const [plain, turned] = [join(folder(), 'plain.png'), join(folder(), 'turned.png')]
  await halves().png().toFile(plain)
  await sharp(await sharp(plain).rotate(270).toBuffer())
    .withMetadata({ orientation: 6 })
    .png()
    .toFile(turned)
  const [expected, found] = [await readSubject(plain, model), await readSubject(turned, model)]
  assert.deepEqual(found.picture, expected.picture)
  assert.match(
    found.notes.join(),
    /turned upright, as its EXIF orientation 6 says; bench takes pictures as they are stored/,
  )
})

test('a map in double precision is that of the float64 interpreter', async () => {
  const file = await photo()
  const method = 'transformer-attribution'
  const args = ['--checkpoint', tinyCheckpoint, '--method', method, '--json', '--precision', 'double']
  const { code, stdout, stderr } = await run(file, ...args)
  assert.equal(code, 0, stderr)
  const found: number[] = JSON.parse(stdout).map.flat()
  const model = await openModel(tinyCheckpoint)
  const { picture } = await readSubject(file, model)
  const explainer = explainers.find(({ id }) => id === method)
  assert.ok(explainer)
  const chosen = onePassOf([{ key: method, explainer, options: resolveOptions(method, explainer.options) }])
  const { program } = explanationProgram(model.transformer, chosen, 1, 'predicted')
  const image = { shape: model.transformer.imageShape(1), data: normalise(model.transformer.input, picture) }
  const expected = [...(interpret(program, { image }, model.weights.get)[`map:${method}`]?.data ?? [])]
  const peak = Math.max(...expected.map(Math.abs))
  assert.equal(found.length, expected.length)
  found.forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] ?? 0)) <= 1e-6 * peak, `${value} at ${i}, expected ${expected[i]}`)
  })

  const float32 = await run(file, ...args, '--backends', 'tfjs:wasm')
  assert.match(float32.stderr, /double precision.*--precision single does without/)
  assert.equal(float32.code, 2)
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
  assert.throws(() => classOf(imagenet, 'crane'), /several classes: 1 \(crane\), 3 \(crane\)\. Ask for an index/)
  assert.equal(classOf(['café'], 'cafe\u0301'), 0)
  assert.throws(() => classOf(['class 0', 'class 1'], 'cat'), /names no classes: ask for an index below 2/)
})

test('the likeliest classes come likeliest first', () => {
  assert.deepEqual(likeliest(Float32Array.of(0.1, 0.5, 0.15, 0.25), 3), [1, 3, 2])
})

test('the truth of a scene is known for its classes, in shares of the picture', async () => {
  const model = await openModel('icon-vit')
  const { truth, credit } = await readSubject('icon-scenes-pairs/0/00003', model)
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

test('a class against another: the map of a method that is linear in the logits is the difference of both maps', async () => {
  const args = ['icon-scenes-pairs/0/00003', '--method', 'vit-recipro-cam', '--json']
  const mapOf = async (...asked: string[]) => JSON.parse((await run(...args, ...asked)).stdout)
  const [own, other] = [await mapOf('--class', 'sailboat'), await mapOf('--class', 'penguin')]
  const found = await mapOf('--class', 'sailboat', '--against', 'penguin')
  assert.deepEqual(
    found.against.map(({ name }: { name: string }) => name),
    ['penguin'],
  )
  for (const [r, row] of found.map.entries())
    for (const [c, value] of row.entries()) {
      const expected = own.map[r][c] - other.map[r][c]
      assert.ok(Math.abs(value - expected) < 1e-4, `${r}, ${c}: ${value}, expected ${expected}`)
    }
})

test('what a class cannot be put against is said', async () => {
  const { code, stderr } = await run('icon-scenes-pairs/0/00003', '--against', 'similar:2', '--against', 'penguin')
  assert.equal(code, 2)
  assert.match(stderr, /--against: expected names of classes or one similar:K/)
})
