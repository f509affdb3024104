import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openCheckpoint } from './open.ts'
import { openSafetensors } from './safetensors.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const expected = openSafetensors(fixture('tiny/model.safetensors'))

for (const name of ['model.pth', 'model-legacy.pth']) {
  test(`tiny/${name} has the tensors of model.safetensors, to the bit`, async () => {
    const file = await openCheckpoint(fixture(`tiny/${name}`))
    assert.deepEqual(file.names.toSorted(), expected.names.toSorted())
    for (const tensor of expected.names) {
      assert.deepEqual(file.shape(tensor), expected.shape(tensor))
      assert.deepEqual(file.read(tensor), expected.read(tensor))
    }
  })

  test(`tiny/${name} lies in its file as it is`, async () => {
    const file = await openCheckpoint(fixture(`tiny/${name}`))
    for (const tensor of file.names) assert.equal(file.location(tensor)?.length, 4 * expected.read(tensor).length)
  })
}
