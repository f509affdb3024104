import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dataset, SampleError } from '@vitrine/datasets'
import { type Model, openModel } from '@vitrine/models'
import { withClassesOf } from './classes.ts'

const named = (classNames: readonly string[], classes?: Dataset['classes']): Dataset => ({
  ...{ id: 'mine', name: 'Mine', description: '', size: 2, hash: '0', licences: [], classNames },
  ...(classes && { classes }),
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

const labelOf = async (modelNames: readonly string[], names: readonly string[], classes?: Dataset['classes']) => {
  const { label, objects } = await withClassesOf(withNames(modelNames), named(names, classes)).sample(0)
  return [label, objects[0]?.label]
}

test('names that the model has twice refuse no folder of other classes', async () => {
  assert.deepEqual(await labelOf(['cat', 'dog', 'crane', 'crane', 'fish'], ['fish', 'dog']), [4, 1])
})

test('a name that may be two classes is said with their indices', () => {
  assert.throws(() => withClassesOf(withNames(['dog', 'crane', 'crane']), named(['crane', 'dog'])), {
    name: 'UsageError',
    message: /"crane" may be 1 \(crane\) or 2 \(crane\)\. Name all folders by the indices/,
  })
})

test('any synonym before a comma matches; the name in full comes first', async () => {
  const names = ['tench, Tinca tinca', 'maillot', 'maillot, tank suit']
  assert.deepEqual(await labelOf(names, ['Tinca_tinca', 'tank suit']), [0, 2])
  assert.deepEqual(await labelOf(names, ['maillot', 'tench']), [1, 0])
})

test('both ways in which Unicode writes a letter are the same name', async () => {
  assert.deepEqual(await labelOf(['dog', 'caf\u00e9', 'cat'], ['cafe\u0301', 'dog']), [1, 0])
})

test('folders named by numbers are indices of the model, whatever it calls its classes', async () => {
  const numbers = Array.from({ length: 8 }, (_, index) => String(index))
  const identities = numbers.map((name, index) => ({ index, names: [name] }))
  assert.deepEqual(await labelOf(icons.classNames, numbers, identities), [0, 1])
  assert.throws(() => withClassesOf(withNames(['cat', 'dog', 'fish']), named(numbers, identities)), {
    message: /"3" is no index of its classes/,
  })
})

test("a model that names classes by ImageNet's synsets is given their labels", async () => {
  const identities = [
    { index: 0, synset: 'n01440764', names: ['tench'] },
    { index: 1, synset: 'n01443537', names: ['goldfish'] },
  ]
  const names = ['n01443537', 'n02102040', 'n01440764']
  assert.deepEqual(await labelOf(names, ['tench', 'goldfish'], identities), [2, 0])
})

test('data of more classes than the model knows: its own are taken, an image of another is told by name', async () => {
  const dataset = withClassesOf(withNames(['cat', 'dog']), named(['dog', 'zebra', 'cat']))
  const { label, objects } = await dataset.sample(0)
  assert.deepEqual([label, objects], [1, []])
  const zebras = withClassesOf(withNames(['cat', 'dog']), named(['zebra', 'dog', 'cat']))
  await assert.rejects(zebras.sample(0), {
    name: 'SampleError',
    label: -1,
    problem: 'its class, zebra, is none of the 2 of icon-vit',
  })
})

test('as many classes in another order are not taken for the same where a name tells', () => {
  assert.throws(
    () => withClassesOf(withNames(['dog', 'crane', 'crane']), named(['crane', 'crane', 'dog'])),
    /"crane" may be 1 \(crane\) or 2/,
  )
})

test('a synonym that belongs to another class in its place does not speak against the order', () => {
  const dataset = named(['cardigan corgi, cardigan', 'cardigan'])
  assert.equal(withClassesOf(withNames(['pembroke', 'cardigan']), dataset), dataset)
  assert.notEqual(withClassesOf(withNames(['cat', 'dog']), named(['dog', 'cat'])).classNames[0], 'dog')
})

test('two classes of the data that are one of the model are refused', () => {
  assert.throws(
    () => withClassesOf(withNames(['cat, house cat', 'dog', 'fish']), named(['cat', 'house cat'])),
    /"cat" and "house cat" are both 0 \(cat, house cat\)/,
  )
})

test('other classes in another number are an error that says what to do', () => {
  assert.throws(() => withClassesOf(icons, named(['n01', 'n02'])), {
    name: 'UsageError',
    message:
      /^mine has 2 classes \(n01, n02\) and icon-vit has 32 classes \(.*, …\): expected names that the model knows.*Take a model/,
  })
})
