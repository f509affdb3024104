import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classesOf, imageNetClassNames, normalName } from './classes.ts'

test('folders named by numbers are class indices: 10 comes after 9, and what is missing shifts nothing', () => {
  const { classNames, labelOf, classes } = classesOf('x', ['9', '10', '3'])
  assert.deepEqual([classNames.length, labelOf('10'), labelOf('9'), labelOf('3')], [11, 10, 9, 3])
  assert.equal(labelOf('4'), undefined)
  assert.equal(classes[10]?.index, 10)
})

test('leading zeros change nothing, but no two folders may mean one index', () => {
  assert.equal(classesOf('x', ['000', '007']).labelOf('007'), 7)
  assert.throws(() => classesOf('x', ['7', '007']), /expected one folder for each class index, got 007 and 7/)
})

test('years and days are names, not indices', () => {
  assert.deepEqual(classesOf('x', ['20240102', '20240101']).classNames, ['20240101', '20240102'])
})

test('a number among names is a name', () => {
  assert.deepEqual(classesOf('x', ['cat', '7']).classNames, ['7', 'cat'])
})

test("ImageNet's classes have their index, their synset and each synonym by itself", () => {
  const { classes, labelOf } = classesOf('x', ['n01440764'])
  assert.deepEqual(classes[0], { index: 0, synset: 'n01440764', names: ['tench', 'tinca tinca'] })
  assert.equal(classes.length, imageNetClassNames.length)
  assert.equal(labelOf('n01440764'), 0)
})

test('a name that Unicode writes in two ways is one name', () => {
  const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301']
  const { classNames, labelOf } = classesOf('x', [decomposed, 'bar'])
  assert.deepEqual(classNames, ['bar', composed])
  assert.deepEqual([labelOf(composed), labelOf(decomposed)], [1, 1])
})

test('names are compared in lower case, with single spaces', () => {
  assert.equal(normalName(' Great_White  Shark '), 'great white shark')
})
