import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBackend } from '@vitrine/backends/node'
import { input, interpret, program } from '@vitrine/tensor'
import { openModel } from '../index.ts'
import { largestDifference } from '../testing.ts'
import { openSafetensors } from './tensor-file.ts'

// Small random models of each family under each library's names; what the library computes in float64 is beside them (make.py).

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/families/${name}`, import.meta.url))

const backend = await openBackend('onnx', { threads: 1 })
after(() => backend.dispose())

/** The family that each file is, and the words in brackets that it needs. */
const FILES: Readonly<Record<string, readonly [family: string, options?: string]>> = {
  'clip-transformers': ['CLIP'],
  'clip-transformers-classifier': ['CLIP'],
  'clip-open-clip': ['CLIP'],
  'clip-open-clip-quickgelu': ['CLIP'],
  'clip-open-clip-mean': ['CLIP'],
  'clip-openai': ['CLIP', 'heads=2'],
  'clip-timm-quickgelu': ['CLIP'],
  'siglip-transformers': ['SigLIP'],
  'siglip-transformers-classifier': ['SigLIP'],
  'siglip-timm': ['SigLIP'],
  'siglip-timm-tanh': ['SigLIP'],
}

for (const [name, [family, options = '']] of Object.entries(FILES)) {
  const expected = openSafetensors(fixture(`expected/${name}.safetensors`))
  const wanted = expected.names.filter(own => own !== 'image')
  const brackets = (more: string) => `[${[options, more].filter(Boolean).join()}]`

  for (const what of wanted)
    test(`${name}: ${what} as its library computes it, 1e-6 in float64 and 1e-4 on ONNX Runtime`, async () => {
      const isOfTexts = what === 'texts' || what === 'probabilities'
      const texts = fixture(`texts-${family === 'CLIP' ? 12 : 24}.safetensors`)
      const said = brackets(isOfTexts ? `text=${texts}` : '')
      const model = await openModel(fixture(name) + said, { headless: true })
      assert.equal(model.family, family)
      const image = { shape: expected.shape('image'), data: expected.read('image') }
      const { embedding, logits, probabilities } = model.transformer.trace(input('image', image.shape))
      const tensor = what === 'embedding' ? embedding : what === 'probabilities' ? probabilities : logits
      const found = program({ found: tensor ?? assert.fail('no embedding') })
      const exact = interpret(found, { image }, model.weights.get).found?.data ?? []
      assert.ok(
        largestDifference(exact, expected.read(what)) < 1e-6,
        `${largestDifference(exact, expected.read(what))}`,
      )
      const executable = await backend.compile(found, model.weights)
      const fast = (await executable.run({ image })).found?.data ?? []
      assert.ok(largestDifference(fast, expected.read(what)) < 1e-4)
    })
}
