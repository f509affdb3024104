import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { datasetConformance } from '../conformance.ts'
import { registrySource } from '../registry.generate.ts'
import { readers } from '../registry.ts'
import { examples } from '../testing/examples.ts'

// All data are made before the first test: temporary folders go when the tests that are known have run.
const made = await Promise.all(readers.map(async reader => ({ reader, example: await examples[reader.kind]?.() })))
for (const { reader, example } of made) if (example) datasetConformance(reader, example)

test('each kind has an example', () => {
  assert.deepEqual(Object.keys(examples).sort(), readers.map(({ kind }) => kind).sort())
})

test('the registry is what its generator writes', () => {
  const { current, generated } = registrySource()
  assert.equal(current, generated)
})

test('each file of the readers folder defines the kind that it is named after', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter(name => !name.endsWith('.test.ts'))
  assert.deepEqual(
    readers.map(({ kind }) => `${kind}.ts`),
    files.sort(),
  )
})
