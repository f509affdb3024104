import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { input, interpret, program } from '@vitrine/tensor'
import { openCheckpoint, readArray } from '../checkpoint/index.ts'
import { inMemory } from '../checkpoint/model.ts'
import { fileBytes } from '../node/file-bytes.ts'
import { tokeniser, understandText } from './index.ts'

const folder = (name: string) => fileURLToPath(new URL(`../../fixtures/text/${name}/`, import.meta.url))
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))

interface Expected {
  readonly texts: readonly string[]
  readonly ids: readonly (readonly number[])[]
  readonly embeddings: readonly (readonly number[])[]
  readonly scale: number
}

async function opened(name: string) {
  const at = folder(name)
  const config = ['config.json', 'open_clip_config.json'].find(file => existsSync(at + file))
  const weights = ['model.safetensors', 'model.pt'].find(file => existsSync(at + file)) ?? ''
  const file = await openCheckpoint(fileBytes(at + weights))
  const text = understandText(file, config && json(at + config))
  const tokenise = tokeniser(json(`${at}tokenizer.json`), json(`${at}tokenizer_config.json`), text.tower.config, name)
  return { text, tokenise, expected: json(`${at}expected.json`) as Expected }
}

const MODELS = [
  'metaclip2-transformers',
  'aimv2-transformers',
  'clip-transformers-quickgelu',
  'clip-transformers-gelu',
  'clip-open-clip',
  'clip-open-clip-quickgelu',
  'siglip-transformers',
  'siglip-open-clip',
  // An archive of TorchScript without a configuration.
  'clip-openai',
]

for (const name of MODELS) {
  test(`${name}: texts have the tokens that the tokenizers of Hugging Face give them`, async () => {
    const { tokenise, expected } = await opened(name)
    const { tokens, cut } = tokenise(expected.texts)
    assert.deepEqual([...tokens], expected.ids.flat())
    // Only the last text is longer than 16 tokens, or the first too where its words are in more pieces.
    assert.equal(cut.at(-1), expected.texts.length - 1)
  })

  test(`${name}: texts have the embeddings that its own library computes, in float64 to 1e-6`, async () => {
    const { text, tokenise, expected } = await opened(name)
    const { tokens, ends } = tokenise(expected.texts)
    const { length } = text.tower.config
    const shape = [expected.texts.length, length]
    const embeddings = text.tower.embed(input('tokens', shape, 'int'), input('end', [shape[0] ?? 0], 'int'))
    const { get } = await inMemory(text.weights, name)
    const inputs = { tokens: { shape, data: tokens }, end: { shape: [ends.length], data: ends } }
    const found = interpret(program({ embeddings }), inputs, get).embeddings?.data ?? []
    for (const [i, wanted] of expected.embeddings.flat().entries())
      assert.ok(Math.abs((found[i] ?? Number.NaN) - wanted) <= 1e-6, `${i}: ${found[i]}, expected ${wanted}`)
    assert.ok(text.scale)
    const [scale = Number.NaN] = await readArray(text.scale)
    assert.ok(Math.abs(Math.exp(scale) - expected.scale) <= 1e-6 * expected.scale)
  })
}

test('a tokenizer of another model is refused', async () => {
  const { text } = await opened('siglip-transformers')
  const at = folder('clip-open-clip')
  const tokenise = tokeniser(json(`${at}tokenizer.json`), {}, text.tower.config, 'clip')
  assert.throws(() => tokenise(['a cat']), /clip: expected tokens below 62.*tokenizer of another model/)
})

test('weights that do not say their activation function are refused, and are read once it is said', async () => {
  const file = await openCheckpoint(fileBytes(`${folder('clip-open-clip')}model.safetensors`))
  assert.throws(() => understandText(file, undefined), { name: 'ModelError', message: /act=quickgelu/ })
})

test('a file without a text tower is refused', async () => {
  const file = await openCheckpoint(fileBytes(fileURLToPath(new URL('../../fixtures/tiny/model.pth', import.meta.url))))
  assert.throws(() => understandText(file, undefined), { name: 'ModelError', message: /expected a text tower/ })
})
