import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sweptProtocols } from './axes.ts'

const ids = (bases: readonly string[], ...axes: readonly string[]) => sweptProtocols(bases, axes).map(({ id }) => id)

test('a protocol for each removal; classes are columns of one record', () => {
  assert.deepEqual(ids(['standard'], 'removal=zero,blur,token-drop', 'target=predicted,label'), [
    'standard',
    'standard-blur',
    'standard-token-drop',
  ])
  assert.deepEqual(ids(['standard'], 'removal=road', 'target=label'), ['standard-road-label'])
  assert.deepEqual(ids(['paper', 'standard'], 'target=label'), ['paper', 'standard-label'])
  assert.equal(ids(['standard'], 'removal=all').length, 6)
})

const wrong: readonly (readonly [string[], RegExp])[] = [
  [['removal'], /expected axes such as removal=zero,blur, got "removal"/],
  [['removel=zero'], /unknown axis "removel"\. Did you mean "removal"\?/],
  [['removal=fog'], /unknown removal "fog"/],
  [['target=top'], /unknown target "top"/],
  [['removal=zero', 'removal=blur'], /expected removal once, got it twice/],
]
for (const [axes, message] of wrong)
  test(`refused: ${axes.join(' ')}`, () => {
    assert.throws(() => sweptProtocols(['standard'], axes), message)
  })
