import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dataset, SampleError } from '@vitrine/datasets'
import { type Model, openModel } from '@vitrine/models'
import { withClassesOf } from './classes.ts'

const named = (classNames: readonly string[]): Dataset => ({
  ...{ id: 'mine', name: 'Mine', description: '', size: 2, hash: '0', licences: [], classNames },
  async sample(index) {
    if (index === 1) throw new SampleError('mine/1', 1, 'no image')
    const image = { width: 1, height: 1, data: new Uint8Array(3) }
    return { id: 'mine/0', image, label: 0, objects: [{ label: 1, box: [0, 0, 1, 1] }] }
  },
})

const icons = await openModel('icon-vit')
const withNames = (classNames: readonly string[]): Model => ({ ...icons, classNames })

test('names that the model knows decide, whatever their number and order', async () => {
  const dataset = withClassesOf(withNames(['bird', 'cat', 'Dog']), named(['dog', 'cat']))
  const { label, objects } = await dataset.sample(0)
  assert.deepEqual([label, objects[0]?.label, dataset.classNames], [2, 1, ['bird', 'cat', 'Dog']])
  await assert.rejects(dataset.sample(1), { name: 'SampleError', label: 1, problem: 'no image' })
})

test('as many classes of other names are taken in their order', async () => {
  const dataset = withClassesOf(withNames(['cat', 'dog']), named(['n01', 'n02']))
  assert.equal((await dataset.sample(0)).label, 0)
})

test('a name that means two classes decides nothing', () => {
  const dataset = named(['crane', 'crane', 'dog'])
  assert.equal(withClassesOf(withNames(['dog', 'crane', 'crane']), dataset), dataset)
})

test('other classes in another number are an error that says what to do', () => {
  assert.throws(() => withClassesOf(icons, named(['n01', 'n02'])), {
    name: 'UsageError',
    message:
      /^mine has 2 classes \(n01, n02\) and icon-vit has 32 classes \(.*, …\): expected names that the model knows.*Take a model/,
  })
})
