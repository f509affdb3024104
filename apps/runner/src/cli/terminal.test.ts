import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { clip, columnsOf, shownOn, widthOf, wrap } from './terminal.ts'

test('a line is cut to the columns of the terminal, never within a sign', () => {
  assert.equal(clip('icon-vit: 3/64 images', 12), 'icon-vit: 3…')
  assert.equal(clip('猫猫猫猫', 6), '猫猫…')
  assert.equal(clip('👩‍👩‍👧‍👦 family', 6), '👩‍👩‍👧‍👦 fa…')
  assert.equal(clip('short', 5), 'short')
})

test('long lines are broken at spaces and go on indented; a long word stays whole', () => {
  assert.equal(wrap('one two three four', 9), 'one two\n  three\n  four')
  assert.equal(wrap('  ! one two', 8), '  ! one\n    two')
  assert.equal(wrap('a /a/long/path/of/a/file b', 8), 'a\n  /a/long/path/of/a/file\n  b')
})

test('control characters are spelled out, ends of lines stay', () => {
  assert.equal(shownOn('a\u001b]0;title\u0007\nb', undefined), 'a\\u{1b}]0;title\\u{7}\nb')
})

test('a file and a pipe have no columns', () => {
  assert.equal(columnsOf({ isTTY: false, columns: 0 }), undefined)
  assert.equal(columnsOf({ isTTY: true, columns: 0 }), 80)
})

const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
const program = `
  import { startProgress } from ${here('./progress.ts')}
  import { print, tell } from ${here('./terminal.ts')}
  import { textTable } from ${here('./text-table.ts')}
  const progress = startProgress('onnx:cpu, tfjs:wasm, tfjs:node and one more', 64, 'images', false)
  progress.passes(1_234_567)
  for (let i = 0; i < 12; i++) {
    await new Promise(done => setTimeout(done, 110))
    progress.advance(1)
    if (i === 6) tell('a note that is longer than the terminal has columns, and so is broken')
  }
  progress.end()
  const columns = ['method', ...'abcdefghij'].map((head, drop) => ({ head, ...(drop > 0 && { drop }) }))
  print(textTable(columns, [columns.map(() => '0.123456')], process.stdout.columns))`

const hasScript = spawnSync('script', ['--version']).status === 0

test('on a terminal of 40 columns no line is longer, and progress rewrites one line', { skip: !hasScript }, () => {
  const command = `stty cols 40; ${process.execPath} --input-type=module -e "$PROGRAM"`
  const text = execFileSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: { ...process.env, PROGRAM: program },
    cwd: fileURLToPath(new URL('.', import.meta.url)),
  })
  // Each rewriting begins at the start of its line.
  const lines = text.split(/\r\n|\r/).map(line => line.replaceAll('\u001b[2K', ''))
  assert.ok(lines.filter(line => /\d+\/64 images/.test(line)).length >= 8, text)
  for (const line of lines) assert.ok(widthOf(line) <= 40, line)
  assert.match(text, /no room for d, e, f, g, h, i, j/)
  const notes = text.split('\r\n').filter(line => /images$|left$/.test(line))
  assert.deepEqual(notes, [], 'no line of progress is left behind')
})
