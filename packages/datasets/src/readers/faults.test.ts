import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { DatasetDefinition } from '../define.ts'
import { DatasetError, SampleError } from '../errors.ts'
import { readers } from '../registry.ts'
import { examples } from '../testing/examples.ts'
import { damaged } from '../testing/faults.ts'

const full = process.env.VITRINE_FAULTS === 'full'

/** Damaged copies of each kind's example. `VITRINE_FAULTS=full` tries thousands; fewer of HDF5, whose library is loaded anew after each fault. */
const countOf = ({ root }: DatasetDefinition) => (full ? (root === 'file' ? 300 : 5000) : root === 'file' ? 30 : 200)

for (const reader of readers) {
  const count = countOf(reader)
  test(`${reader.kind}: ${count} damaged copies are read or refused with an error of ours`, async t => {
    const { root: whole, split } = (await examples[reader.kind]?.()) ?? assert.fail()
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-faults-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const root = join(folder, basename(whole))
    cpSync(whole, root, { recursive: true })
    const files = statSync(root).isFile()
      ? [root]
      : readdirSync(root, { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile())
          .map(entry => join(entry.parentPath, entry.name))
          .sort()
    const seen = { read: 0, refused: 0, samples: 0 }
    for (let i = 0; i < count; i++) {
      const file = files[i % files.length] ?? assert.fail()
      const bytes = readFileSync(file)
      writeFileSync(file, damaged(bytes, reader.kind, i))
      const about = `number ${i}, ${file.slice(folder.length + 1)}`
      try {
        const dataset = await reader.open({ root, ...(split !== undefined && { split }) })
        seen.read++
        for (let k = 0; k < dataset.size; k++) {
          try {
            const { image, objects, label } = await dataset.sample(k)
            assert.ok(label >= 0 && label < dataset.classNames.length, about)
            for (const { box, mask } of objects) {
              assert.ok(
                box[0] >= 0 && box[1] >= 0 && box[2] <= image.width && box[3] <= image.height,
                `${about}: ${box}`,
              )
              assert.ok(mask === undefined || mask.length === image.width * image.height, about)
            }
          } catch (error) {
            assert.ok(error instanceof SampleError, `${about}: ${error instanceof Error ? error.stack : error}`)
            expectPlain(error.message, about)
            seen.samples++
          }
        }
        for (const note of dataset.notes ?? []) expectPlain(note, about)
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error
        assert.ok(error instanceof DatasetError, `${about}: ${error instanceof Error ? error.stack : error}`)
        expectPlain(error.message, about)
        seen.refused++
      } finally {
        writeFileSync(file, bytes)
      }
    }
    t.diagnostic(`${seen.read} read, with ${seen.samples} samples refused; ${seen.refused} refused`)
    assert.ok(seen.refused + seen.samples > count / 20, 'damage is noticed')
  })
}

/** A message or a note in one line, not too long, that a terminal can show. */
function expectPlain(message: string, about: string): void {
  assert.ok(message.length < 2200, `${about}: a message of ${message.length} letters`)
  assert.doesNotMatch(message, /\p{Cc}/u, about)
  assert.doesNotMatch(message, /TypeError|RangeError|undefined|\[object/, about)
}
