import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JSDOM } from 'jsdom'
import { longestIncreasing, reorder } from './reorder.ts'

/** All orders of some things. */
const orders = <T>(of: readonly T[]): T[][] =>
  of.length === 0
    ? [[]]
    : of.flatMap((first, i) => orders([...of.slice(0, i), ...of.slice(i + 1)]).map(rest => [first, ...rest]))

/** The length of a longest increasing subsequence, by trying every subset. */
function longestBySubsets(values: readonly number[]): number {
  let longest = 0
  for (let subset = 0; subset < 1 << values.length; subset++) {
    const chosen = values.filter((_, i) => subset & (1 << i))
    if (chosen.every((v, i) => i === 0 || v > (chosen[i - 1] ?? v))) longest = Math.max(longest, chosen.length)
  }
  return longest
}

test('a longest increasing subsequence of every order of six', () => {
  for (const values of orders([0, 1, 2, 3, 4, 5])) {
    const found = longestIncreasing(values)
    assert.equal(found.length, longestBySubsets(values), values.join())
    assert.ok(
      found.every(
        (at, i) => i === 0 || (at > (found[i - 1] ?? at) && (values[at] ?? 0) > (values[found[i - 1] ?? at] ?? 0)),
      ),
    )
  }
})

test('children come into every order of five, with as few moves as that takes', () => {
  const { document } = new JSDOM('<ol></ol>').window
  const list = document.querySelector('ol') as HTMLElement
  const children = [0, 1, 2, 3, 4].map(i => Object.assign(document.createElement('li'), { value: i }))
  let moves = 0
  const insert = list.insertBefore.bind(list)
  list.insertBefore = (...words) => {
    moves++
    return insert(...words)
  }
  for (const order of orders(children)) {
    list.replaceChildren(...children)
    moves = 0
    reorder(list, order)
    assert.deepEqual([...list.children], order)
    assert.equal(moves, 5 - longestBySubsets(order.map(({ value }) => value)))
  }
})
