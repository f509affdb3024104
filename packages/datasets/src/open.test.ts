import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { defineDataset } from './define.ts'
import { DatasetError } from './errors.ts'
import { datasetIds, datasetKinds, loadDataset, openDataset, resolveDatasetSpec } from './open.ts'
import { tree } from './testing/tree.ts'

test('every id opens the dataset of that id', async () => {
  for (const id of datasetIds) assert.equal((await openDataset(id)).id, id)
})

test('an unknown id is an error that lists the known ones', async () => {
  await assert.rejects(openDataset('toString'), DatasetError)
  for (const spec of ['cifar', 'cifar:/data', 'voc:', 'constructor:/data']) {
    await assert.rejects(openDataset(spec), {
      message: `[vitrine] [datasets] openDataset: expected ${datasetIds.join(', ')}, or KIND:PATH with one of ${datasetKinds.join(', ')}, got "${spec}"`,
    })
  }
})

test('a resolved spec means the same in another working folder', () => {
  assert.equal(
    resolveDatasetSpec('voc:data/VOC2012?split=Main/test', '/home/me'),
    `voc:${resolve('/home/me/data/VOC2012')}?split=Main/test`,
  )
  assert.equal(resolveDatasetSpec('folder:~/photos', '/srv'), `folder:${join(homedir(), 'photos')}`)
  assert.equal(resolveDatasetSpec('icon-scenes', '/srv'), 'icon-scenes')
})

const shapes = `
  import { defineDataset, fileDataset, classList } from '@vitrine/datasets'
  export default defineDataset({
    kind: 'shapes', name: 'Shapes', root: 'folder', reads: [], assumes: [],
    async open({ root }) {
      if (root.endsWith('broken')) throw new TypeError('no such thing\\nand more')
      return fileDataset(root, {
        id: 'shapes', name: 'Shapes', description: '', hash: '0123456789abcdef', classes: classList(['square']),
        entries: [{ name: 'a', label: 0 }],
        read: async () => ({ image: { width: 1, height: 1, data: new Uint8Array(3) }, objects: [] }),
      })
    },
  })`

/** A module beside this one, where the package finds itself. */
function moduleOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(fileURLToPath(new URL('testing/module-', import.meta.url)))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'mine.ts'), text)
  return join(folder, 'mine.ts')
}

test('a kind in a module of its own is opened by its spec', async t => {
  const readers = [await loadDataset(moduleOf(t, shapes))]
  const root = tree()
  assert.equal((await openDataset(`shapes:${root}`, { readers })).id, 'shapes')
  assert.equal(resolveDatasetSpec('shapes:data', '/home/me', { readers }), 'shapes:/home/me/data')
  await assert.rejects(openDataset(`shapes:${root}`), /or KIND:PATH with one of coco, .*voc, got/)
  const [again] = readers
  await assert.rejects(
    openDataset('icon-scenes-x', { readers: [...readers, again!] }),
    /expected each kind .* once, got "shapes"/,
  )
})

test('what a reader throws of its own names the path, in one line', async t => {
  const root = join(tree({ 'broken/a.txt': '' }), 'broken')
  await assert.rejects(openDataset(`shapes:${root}`, { readers: [await loadDataset(moduleOf(t, shapes))] }), {
    name: 'DatasetError',
    message: `[vitrine] [datasets] shapes: ${root} cannot be read: no such thing`,
  })
})

test('a module that defines no dataset is an error that says what is missing', async t => {
  await assert.rejects(loadDataset('/no/such/module.ts'), /module\.ts: cannot be loaded: /)
  await assert.rejects(
    loadDataset(moduleOf(t, 'export const a = 1')),
    /expected `export default defineDataset\({ … }\)`, got no default export/,
  )
  await assert.rejects(
    loadDataset(moduleOf(t, "export default { kind: 'x', open() {} }")),
    /got a default export without name, root, reads, assumes$/,
  )
})

test('a kind is named by words, and not as a bundled dataset', () => {
  const definition = { name: '', root: 'folder', reads: [], assumes: [], open: async () => assert.fail() } as const
  for (const kind of ['My Data', '../x', 'icon-scenes', ''])
    assert.throws(() => defineDataset({ ...definition, kind }), /expected a kind of lower-case words joined by hyphens/)
})

test('a split of a kind that has none is an error', async () => {
  await assert.rejects(
    openDataset(`folder:${tree({ 'cat/a.jpg': '' })}?split=val`),
    /folder: expected no split, for this kind has none, got "val"/,
  )
})
