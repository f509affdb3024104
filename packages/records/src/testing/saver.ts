/**
 * A sweep in a process of its own: `saver.ts <database> <images> <batch> <from> <to> [<version of texture>]` stores the images of
 * that range which are missing or lack columns, and writes a line after each batch.
 */
import { writeSync } from 'node:fs'
import { openStore } from '../index.ts'
import { header, row } from './samples.ts'

const [path = '', ...numbers] = process.argv.slice(2)
const [images = 0, batch = 0, from = 0, to = 0, texture = 1] = numbers.map(Number)

const own = header(images)
using store = openStore(path)
const { id, done } = store.begin({ ...own, versions: { ...own.versions, texture } })
const missing = Array.from({ length: to - from }, (_, i) => from + i).filter(index => !done.has(index))
for (let i = 0; i < missing.length; i += batch) {
  store.saveImages(missing.slice(i, i + batch).map(index => row(id, index)))
  writeSync(1, 'saved\n')
}
