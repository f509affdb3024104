import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { UnknownBackendError } from '@vitrine/backends/core'
import { DatasetError, SampleError } from '@vitrine/datasets'
import { openModel } from '@vitrine/models'
import { RecordError } from '@vitrine/records'
import { UsageError } from './arguments.ts'
import { failureOf } from './error-text.ts'
import { outputFolder, writeOutput } from './output.ts'

const thrownBy = (work: () => void): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

const folder = mkdtempSync(join(tmpdir(), 'vitrine-errors-'))
const file = join(folder, 'file')
writeFileSync(file, '')
symlinkSync(join(folder, 'nowhere'), join(folder, 'dead'))

test("the operating system's errors say what was tried, what was found and what to do", () => {
  for (const [work, text] of [
    [
      () => mkdirSync(file),
      `[vitrine] making the folder ${file}: something else lies there (EEXIST). Choose another place.`,
    ],
    [
      () => mkdirSync(join(file, 'a')),
      `[vitrine] making the folder ${file}/a: a file lies where a folder is needed (ENOTDIR). Choose another place.`,
    ],
    [
      () => outputFolder(join(folder, 'dead/a')),
      `[vitrine] making the folder ${folder}/dead/a: it cannot be made: the disk can only be read, or a link leads nowhere (ENOENT). Choose another place.`,
    ],
    [
      () => writeOutput(folder, ''),
      `[vitrine] opening ${folder}: it is a folder, and a file is needed (EISDIR). Name a file.`,
    ],
    [
      () => writeOutput(join(folder, 'no/a'), ''),
      `[vitrine] opening ${folder}/no/a: there is no such file or folder (ENOENT). See whether the path is right.`,
    ],
    [
      () => writeOutput(join(folder, 'a'.repeat(300)), ''),
      /the name is too long \(ENAMETOOLONG\)\. Choose a shorter one\.$/,
    ],
  ] as const) {
    const failure = failureOf(thrownBy(work))
    assert.equal(failure.code, 1)
    if (typeof text === 'string') assert.equal(failure.text, text)
    else assert.match(failure.text, text)
  }
})

test('a full disk is told with the file that has no room', { skip: process.platform !== 'linux' }, () => {
  assert.equal(
    failureOf(thrownBy(() => writeOutput('/dev/full', 'text'))).text,
    '[vitrine] writing /dev/full: the disk is full (ENOSPC). Make room, then give the same command again.',
  )
})

test('errors of the packages are told as they are, with 2 for a mistake in the call', async () => {
  const unknown = await openModel('no-such-model').catch((error: unknown) => error)
  const record = new RecordError({ file: 'a.json', field: 'id', expected: 'a hash', found: '1' })
  for (const [error, code] of [
    [new UsageError('expected --model'), 2],
    [new UnknownBackendError('x', ['onnx']), 2],
    [unknown, 2],
    [new DatasetError('voc', 'no folder'), 1],
    [new SampleError('voc/1', 0, 'no image'), 1],
    [record, 1],
  ] as const) {
    assert.ok(error instanceof Error)
    assert.deepEqual(failureOf(error), { text: error.message, code })
  }
})

test('a fault of the program keeps its stack', () => {
  const { text, code } = failureOf(new TypeError('x is not a function'))
  assert.equal(code, 1)
  assert.match(text, /^This is a fault of Vitrine\. .*\nTypeError: x is not a function\n {4}at /)
  assert.match(failureOf('a string').text, /\na string$/)
})
