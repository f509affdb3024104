import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { record } from '../testing/samples.ts'
import { agreementJsonSchema, agreementText, published, recordJsonSchema, recordText } from './index.ts'

const validate = new Ajv2020().compile(recordJsonSchema())

test('a published record fits the JSON Schema', () => {
  assert.ok(validate(JSON.parse(recordText(record()))), JSON.stringify(validate.errors))
})

const faults: Record<string, (text: string) => string> = {
  'another format': text => text.replace('vitrine-record/2', 'vitrine-record/1'),
  'a missing field': text => text.replace(/ {2}"seed": .*\n/g, ''),
  'a foreign field': text => text.replace('{', '{ "songs": 3,'),
  'a control character in a name': text => text.replace('"Icon ViT"', '"\\u001b"'),
}
for (const [name, damage] of Object.entries(faults)) {
  test(`a record with ${name} does not fit the JSON Schema`, () => {
    const text = damage(recordText(record()))
    assert.notEqual(text, recordText(record()))
    assert.equal(validate(JSON.parse(text)), false)
  })
}

test('a published file of agreement fits its JSON Schema', () => {
  const agreement = [{ engine: 'onnx:cpu', record: 'another', columns: { 'map.label.absolute': [0.5, null] } }]
  const fits = new Ajv2020().compile(agreementJsonSchema())
  assert.ok(fits(JSON.parse(agreementText(published(record()).id, agreement))), JSON.stringify(fits.errors))
})
