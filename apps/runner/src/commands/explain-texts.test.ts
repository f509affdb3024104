import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel, writeSafetensors } from '@vitrine/models'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))
// A small CLIP of painted shapes; train.py and expected.py beside it say how both were made.
const clip = fileURLToPath(new URL('../../../../packages/models/fixtures/shapes-clip', import.meta.url))
const pair = join(clip, 'pair.png')
const expected = JSON.parse(readFileSync(join(clip, 'expected.json'), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'vitrine-texts-'))
const env = { ...process.env, XDG_CACHE_HOME: folder, INIT_CWD: folder }

const run = (...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise(resolve => {
    execFile(process.execPath, [main, ...args], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })

async function lines(...args: readonly string[]) {
  const { code, stdout, stderr } = await run('explain', pair, '--model', clip, '--json', ...args)
  assert.equal(code, 0, stderr)
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

const close = (found: number, wanted: number) =>
  assert.ok(Math.abs(found - wanted) < 1e-5, `${found}, expected ${wanted}`)

/** The share of a map's positive part in a quarter of the picture. */
function inQuarter(map: readonly (readonly number[])[], right: boolean, below: boolean): number {
  const half = map.length / 2
  let [all, inside] = [0, 0]
  for (const [r, row] of map.entries())
    for (const [c, value] of row.entries()) {
      all += Math.max(value, 0)
      if (c >= half === right && r >= half === below) inside += Math.max(value, 0)
    }
  return inside / all
}

/** Writes a vector as numpy.save does (format 1.0). */
function npy(path: string, data: Float64Array): string {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${data.length},), }`.padEnd(117)
  const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, 'latin1')
  writeFileSync(path, Buffer.concat([start, Buffer.from(data.buffer)]))
  return path
}

test('two texts point at the two things of a picture, with the probabilities that transformers gives them', async () => {
  const [circle, triangle] = expected.texts
  const methods = ['gradcam', 'legrad', 'grad-eclip', 'attnlrp', 'generic-attention']
  const found = await lines('--text', circle, '--text', triangle, '--methods', methods.join(','))
  const odds = [0, 1].map(i => Math.exp(expected.scale * expected.cosines[i]))
  const sum = odds.reduce((a, b) => a + b)
  assert.equal(found.length, 2 * methods.length)
  for (const { class: asked, method, map } of found) {
    close(asked.probability, (odds[asked.index] ?? Number.NaN) / sum)
    const isTriangle = asked.name === triangle
    const [own, other] = [inQuarter(map, isTriangle, isTriangle), inQuarter(map, !isTriangle, !isTriangle)]
    // The circle is in the upper left quarter, the triangle in the lower right one.
    assert.ok(own > 1.5 * other, `${method} for ${asked.name}: ${own} on it, ${other} on the other`)
  }
})

test('patches that are compared with texts point at them', async t => {
  const [circle, triangle] = expected.texts
  const methods = ['maskclip', 'clip-surgery']
  const found = await lines('--text', circle, '--text', triangle, '--methods', methods.join(','))
  assert.equal(found.length, 2 * methods.length)
  for (const { class: asked, method, map } of found) {
    const isTriangle = asked.name === triangle
    const [own, other] = [inQuarter(map, isTriangle, isTriangle), inQuarter(map, !isTriangle, !isTriangle)]
    t.diagnostic(`${method} for ${asked.name}: ${own.toFixed(3)} on it, ${other.toFixed(3)} on the other`)
    assert.ok(own > other, `${method} for ${asked.name}: ${own} on it, ${other} on the other`)
    const patches: number[] = map.flat()
    const top = patches.indexOf(Math.max(...patches))
    const isInIts = (place: number) => place >= map.length / 2 === isTriangle
    assert.ok(isInIts(top % map.length) && isInIts(Math.floor(top / map.length)), `${method}: the most at ${top}`)
  }
})

test('a text alone has a cosine, and perturbation methods explain it', async () => {
  const [{ class: asked, map }] = await lines('--text', expected.texts[0], '--methods', 'occlusion')
  close(asked.cosine, expected.cosines[0])
  assert.ok(inQuarter(map, false, false) > inQuarter(map, true, true))
})

test('regions of a picture are asked about: what is like each of two things is where it is', async () => {
  const [first, second] = [`${pair}#0,0,32,32`, `${pair}#32,32,32,32`]
  const found = await lines('--like', first, '--like', second, '--methods', 'agcam,generic-attention,attnlrp')
  assert.equal(found.length, 6)
  for (const { class: asked, method, map } of found) {
    const isSecond = asked.name === 'like pair.png#32,32,32,32'
    const [own, other] = [inQuarter(map, isSecond, isSecond), inQuarter(map, !isSecond, !isSecond)]
    assert.ok(own > 1.5 * other, `${method} for ${asked.name}: ${own} on it, ${other} on the other`)
  }
})

test('a direction from a file is the class that it points to: that of the text whose embedding it is', async () => {
  const words = join(folder, 'words.safetensors')
  const { code, stderr } = await run('embed', '--model', clip, '--text', expected.texts[2], '--out', words)
  assert.equal(code, 0, stderr)
  const model = await openModel(`${clip}[head=${words}]`)
  const { data } = model.weights.get('texts.weight')
  const direction = join(folder, 'direction.safetensors')
  writeSafetensors(direction, new Map([['squareness', [data.length]]]), () => Float32Array.from(data, x => 7 * x))
  for (const file of [
    direction,
    npy(
      join(folder, 'squareness.npy'),
      Float64Array.from(data, x => 7 * x),
    ),
  ]) {
    const [{ class: asked }] = await lines('--direction', file, '--methods', 'gradcam')
    assert.equal(asked.name, 'squareness')
    close(asked.cosine, expected.cosines[2])
  }
})

test('a head of words makes a classifier: its classes, and means of sentences', async () => {
  writeFileSync(join(folder, 'classes.txt'), 'red circle\nblue triangle\ngreen square\n')
  writeFileSync(join(folder, 'templates.txt'), 'a {}\nthe {}\n')
  const args = ['--texts', 'classes.txt', '--templates', 'templates.txt', '--out', 'head.safetensors']
  const { code, stdout, stderr } = await run('embed', '--model', clip, ...args)
  assert.equal(code, 0, stderr)
  assert.equal(stdout.trim(), 'head.safetensors')
  const model = await openModel(`${clip}[head=${join(folder, 'head.safetensors')}]`)
  assert.deepEqual(model.classNames, ['red circle', 'blue triangle', 'green square'])
  const spec = `${clip}[head=${join(folder, 'head.safetensors')}]`
  const shown = await run('explain', pair, '--model', spec, '--json', '--top', '2', '--methods', 'gradcam')
  const names = shown.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).class.name)
  assert.deepEqual(names.toSorted(), ['blue triangle', 'red circle'], shown.stderr)
})

test('heads are kept by what they hold: the same question makes no second file', async () => {
  const kept = () => readdirSync(join(folder, 'vitrine', 'heads')).length
  await lines('--text', 'a white triangle', '--methods', 'gradcam')
  const before = kept()
  await lines('--text', 'a white triangle', '--methods', 'legrad')
  assert.equal(kept(), before)
})

test('what cannot be asked is refused with what to do', async () => {
  const ask = (...args: readonly string[]) => run('explain', pair, ...args)
  const withoutTower = await ask('--text', 'a cat')
  assert.equal(withoutTower.code, 2)
  assert.match(withoutTower.stderr, /expected a text tower/)
  const alone = await ask('--model', clip, '--text', 'a red circle', '--methods', 'clip-surgery')
  assert.equal(alone.code, 1)
  assert.match(alone.stderr, /expected two or more texts.*redundancy=keep/)
  const outside = await ask('--model', clip, '--like', `${pair}#40,40,32,32`)
  assert.equal(outside.code, 2)
  assert.match(outside.stderr, /expected a region inside of 64 x 64 pixels/)
  const twice = await ask('--model', clip, '--text', 'a', '--text', 'a')
  assert.match(twice.stderr, /"a" is asked about twice/)
})
