import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { WeightLocation } from '@vitrine/tensor'
import { fileBytes } from './file-bytes.ts'
import { copiesFolder, float32Places } from './float32-copy.ts'
import { openSafetensors, type TensorFile, writeSafetensors } from './tensor-file.ts'

process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), 'vitrine-cache-'))

const numbersAt = ({ path, offset, length }: WeightLocation): Float32Array =>
  new Float32Array(fileBytes(path).readSync(offset, length).buffer)

/** One large array that lies nowhere as float32, and one that does. */
const size = 2 ** 24 + 1
const weights: TensorFile = {
  path: 'weights',
  files: ['weights'],
  names: ['half', 'whole'],
  shape: name => (name === 'half' ? [size] : [2]),
  dtype: name => (name === 'half' ? 'F16' : 'F32'),
  location: name => (name === 'whole' ? { path: 'weights', offset: 0, length: 8 } : undefined),
  read: name => (name === 'half' ? new Float32Array(size).fill(0.5) : Float32Array.of(1, 2)),
}

test('weights that lie nowhere as float32 are copied once, all into one file', () => {
  const places = float32Places(weights, 'hash')
  assert.throws(() => readdirSync(copiesFolder()), { code: 'ENOENT' })
  const [half, whole] = [places('half'), places('whole')]
  assert.ok(half && whole)
  assert.equal(half.path, whole.path)
  assert.equal(half.length, 4 * size)
  assert.deepEqual(numbersAt({ ...half, length: 8 }), Float32Array.of(0.5, 0.5))
  assert.deepEqual(numbersAt(whole), Float32Array.of(1, 2))
  assert.deepEqual(float32Places(weights, 'hash')('half'), half)
  assert.notEqual(float32Places(weights, 'other')('half')?.path, half.path)
  assert.equal(readdirSync(copiesFolder()).length, 2)
})

test('a copy that was cut is written again, and what a dead process left is removed', () => {
  const first = float32Places(weights, 'hash')('half')
  assert.ok(first)
  truncateSync(first.path, 1000)
  const left = join(copiesFolder(), `${'0'.repeat(64)}.safetensors.4194303`)
  writeFileSync(left, '')
  const again = float32Places(weights, 'hash')('half')
  assert.deepEqual(again, first)
  assert.deepEqual(numbersAt({ ...first, length: 8 }), Float32Array.of(0.5, 0.5))
  assert.ok(!existsSync(left))
})

test('arrays that are written begin at cache lines, as far as arrays before them let them', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'vitrine-cache-')), 'written.safetensors')
  const shapes = new Map([
    ['bias', [3]],
    ['first', [16, 2]],
    ['second', [16]],
  ])
  writeSafetensors(path, shapes, name =>
    new Float32Array(shapes.get(name)?.reduce((a, b) => a * b) ?? 0).fill(name.length),
  )
  const written = openSafetensors(path)
  for (const [name, shape] of shapes) {
    assert.deepEqual(written.shape(name), shape)
    assert.ok(written.read(name).every(x => x === name.length))
  }
  for (const name of ['first', 'second']) assert.equal((written.location(name)?.offset ?? 1) % 64, 0)
})

test('small ones are not', () => {
  const small: TensorFile = { ...weights, shape: () => [2], read: () => Float32Array.of(1, 2) }
  const places = float32Places(small, 'small')
  assert.equal(places('half'), undefined)
  assert.deepEqual(places('whole'), { path: 'weights', offset: 0, length: 8 })
})

test('where nothing can be written, what lies nowhere has no place', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'vitrine-cache-')), 'file')
  writeFileSync(file, '')
  process.env.XDG_CACHE_HOME = file
  assert.equal(float32Places(weights, 'unwritable')('half'), undefined)
})
