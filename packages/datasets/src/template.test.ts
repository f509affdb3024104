import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { datasetConformance } from './conformance.ts'
import { loadDataset, openDataset } from './open.ts'
import { datasetSource } from './template.ts'
import { jpeg, tree } from './testing/tree.ts'

// Beside this file, where the package finds itself.
const folder = mkdtempSync(fileURLToPath(new URL('testing/module-', import.meta.url)))
after(() => rmSync(folder, { recursive: true }))
writeFileSync(join(folder, 'mine.ts'), datasetSource('garden-birds'))

const root = tree({
  'images/a.jpg': await jpeg(8, 6),
  'images/b.jpg': await jpeg(5, 4),
  'labels.csv': 'file,class,xmin,ymin,xmax,ymax\na.jpg,wren,1,1,5,5\nb.jpg,robin,0,0,9,9\nc.jpg,robin,0,0,1,1\n',
})
const edit = (from: string, to: string) => (copy: string) => {
  const file = join(copy, 'labels.csv')
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
}

const definition = await loadDataset(join(folder, 'mine.ts'))
datasetConformance(definition, { root, relabel: edit('wren', 'robin'), rebox: edit('5,5', '5,4') })

test('the template reads pictures, a class and a box each, and counts what is not there', async () => {
  const dataset = await openDataset(`garden-birds:${root}`, { readers: [definition] })
  assert.deepEqual([dataset.name, dataset.classNames], ['Garden birds', ['robin', 'wren']])
  assert.deepEqual(dataset.notes, ['left out 1: picture that is not there (c.jpg)'])
  assert.deepEqual((await dataset.sample(0)).objects, [{ label: 1, box: [1, 1, 5, 5] }])
  assert.deepEqual((await dataset.sample(1)).notes, ['box mostly outside the picture, left out'])
})

test('among the bundled readers it imports its neighbours', () => {
  assert.match(datasetSource('garden-birds', true), /from '\.\.\/plugin\.ts'/)
  assert.doesNotMatch(datasetSource('garden-birds', true), /@vitrine|my-dataset/)
})
