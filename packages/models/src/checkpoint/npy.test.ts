import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { memoryBytes } from './bytes.ts'
import { arrayOf, readArraySync } from './checkpoint.ts'
import { isNpy, openNpySync } from './npy.ts'

// npy.json has files that numpy.save wrote, in base64, and what is in them; npy.py beside it made them.
interface Saved {
  readonly file: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}
const saved: Readonly<Record<string, Saved>> = JSON.parse(
  readFileSync(new URL('../../fixtures/npy/npy.json', import.meta.url), 'utf8'),
)
const contentOf = (name: string): Buffer => Buffer.from(saved[name]?.file ?? '', 'base64')
const opened = (content: Buffer) => openNpySync(memoryBytes('a.npy', content), 'a')

for (const name of ['f4', 'f8', 'f4 of two axes', 'f8 in columns', 'f2', 'i8', 'f4 of version 2'])
  test(`an array of NumPy is read: ${name}`, () => {
    assert.ok(isNpy(memoryBytes('a.npy', contentOf(name))))
    const array = arrayOf(opened(contentOf(name)), 'a')
    assert.deepEqual(array.shape, saved[name]?.shape)
    assert.deepEqual([...readArraySync(array)], saved[name]?.values)
  })

test('what is no array of little-endian numbers is refused, and what to do is said', () => {
  for (const [name, found] of [
    ['big-endian', '>f4'],
    ['complex', '<c8'],
    ['text', '<U3'],
    ['objects', '|O'],
  ] as const)
    assert.throws(
      () => opened(contentOf(name)),
      (error: Error) => error.message.includes('expected little-endian numbers') && error.message.includes(found),
      name,
    )
  assert.throws(() => opened(contentOf('fields')), /expected little-endian numbers .* got/)
})

test('a file that was cut off is refused, wherever it ends', () => {
  const whole = contentOf('f4 of two axes')
  for (let length = 6; length < whole.length; length++)
    assert.throws(() => opened(whole.subarray(0, length)), { name: 'ModelError' }, `${length} bytes`)
})
