import assert from 'node:assert/strict'
import { test } from 'node:test'
import { againstInSweep } from './against.ts'

const model = { id: 'a', classNames: ['penguin', 'sailboat', 'tabby, tabby cat'] }

test('a sweep puts classes against a rule, or against classes by name and index', () => {
  assert.deepEqual(againstInSweep([model], 'similar:2'), { similar: 2 })
  assert.deepEqual(againstInSweep([model], 'similar'), { similar: 3 })
  assert.deepEqual(againstInSweep([model, { ...model, id: 'b' }], 'tabby cat,0'), { classes: [2, 0] })
})

for (const [what, message] of [
  ['penguin', /two or more classes separated by commas, got "penguin": images of that class would have nothing/],
  ['penguin,0', /two or more classes/],
  ['', /expected similar:K, such as similar:3, or two or more classes/],
  ['penguin,similar:2', /names of classes or one similar:K/],
  ['penguin,sailbat', /unknown class "sailbat". Did you mean "sailboat"/],
] as const)
  test(`--against ${what} is refused in a sweep with what is expected`, () => {
    assert.throws(() => againstInSweep([model], what), { name: 'UsageError', message })
  })

test('models that have the classes at other places are measured one at a time', () => {
  const other = { id: 'b', classNames: ['sailboat', 'penguin'] }
  assert.throws(() => againstInSweep([model, other], 'penguin,sailboat'), {
    message: /classes that a and b have at the same places/,
  })
})
