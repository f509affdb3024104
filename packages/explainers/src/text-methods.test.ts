import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel, openSafetensors, writeHead } from '@vitrine/models'
import { relativeError } from '@vitrine/models/testing'
import { type HostTensor, interpret } from '@vitrine/tensor'
import { explainers, isForTexts, type Target, UnsupportedError } from './index.ts'
import { targetRows } from './run/target-input.ts'
import { explanationProgram, type MethodChoice } from './run.ts'
import { choiceOf } from './testing-choice.ts'

// Methods that compare patches with texts, held against PyTorch: fixtures/text_methods.py says how the numbers were made.

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const stored = openSafetensors(at('../fixtures/text-methods.safetensors'))
const folder = mkdtempSync(join(tmpdir(), 'vitrine-text-methods-'))
after(() => rmSync(folder, { recursive: true }))

const MODELS = { random: 'families/clip-transformers', shapes: 'shapes-clip' }

/** What is stored, by the method and options that should compute it. */
const REFERENCES: readonly (readonly [reference: string, method: string, options: Record<string, string | number>])[] =
  [
    ['maskclip', 'maskclip', {}],
    ['maskclip-block', 'maskclip', { keep: 'block' }],
    ['clip-surgery-6', 'clip-surgery', {}],
    ['clip-surgery-1', 'clip-surgery', { blocks: 1 }],
    ['clip-surgery-2', 'clip-surgery', { blocks: 2 }],
    ['clip-surgery-keep', 'clip-surgery', { redundancy: 'keep' }],
    ['sclip', 'self-self-attention', { variant: 'sclip' }],
    ['clearclip', 'self-self-attention', { variant: 'clearclip' }],
    ['naclip', 'self-self-attention', { variant: 'naclip' }],
    ['naclip-1', 'self-self-attention', { variant: 'naclip', deviation: 1 }],
  ]

/** A model whose classes are vectors, as of texts. */
async function modelWith(name: keyof typeof MODELS, vectors: readonly Float32Array[]) {
  const head = join(folder, `${name}-${vectors.length}.safetensors`)
  writeHead(head, { names: vectors.map((_, i) => `text ${i}`), vectors, scale: 10 })
  return openModel(`${at(`../../models/fixtures/${MODELS[name]}`)}[text=${head}]`)
}

function textsOf(name: string): Float32Array[] {
  const [count = 0, width = 0] = stored.shape(`${name}/texts`)
  const data = Float32Array.from(stored.read(`${name}/texts`))
  return Array.from({ length: count }, (_, i) => data.slice(i * width, (i + 1) * width))
}

/** A map as a method draws scores: above the least of them. */
const aboveLeast = (scores: readonly number[]): number[] => scores.map(x => x - Math.min(...scores))

const subjects = {
  random: await modelWith('random', textsOf('random')),
  shapes: await modelWith('shapes', textsOf('shapes')),
}

for (const [name, { transformer, weights }] of Object.entries(subjects)) {
  const texts = textsOf(name)
  const image: HostTensor = { shape: stored.shape(`${name}/images`), data: stored.read(`${name}/images`) }
  const [batch = 1] = image.shape
  const explain = (method: MethodChoice, target: Target): number[] => {
    const { program } = explanationProgram(transformer, [method], batch, 'weighted')
    const targets = targetRows(
      Array.from({ length: batch }, () => target),
      batch,
      texts.length,
      'weighted',
    )
    return Array.from(interpret(program, { image, target: targets }, weights.get)[`map:${method.key}`]?.data ?? [])
  }
  /** The stored scores of an image with a text. */
  const scoresOf = (reference: string, picture: number, text: number): number[] => {
    const size = transformer.grid.rows * transformer.grid.columns
    const start = (picture * texts.length + text) * size
    return Array.from(stored.read(`${name}/${reference}`).subarray(start, start + size))
  }

  for (const [reference, id, options] of REFERENCES)
    test(`${name}: ${id} ${JSON.stringify(options)} is that of PyTorch in float64, for each text and for one against another`, t => {
      const errors = texts.map((_, text) => {
        const pictures = Array.from({ length: batch }, (_, i) => aboveLeast(scoresOf(reference, i, text)))
        return relativeError(explain(choiceOf(id, options), text), pictures.flat())
      })
      const contrast = Array.from({ length: batch }, (_, i) => {
        const other = scoresOf(reference, i, 2)
        return aboveLeast(scoresOf(reference, i, 0).map((x, k) => x - (other[k] ?? Number.NaN)))
      })
      errors.push(relativeError(explain(choiceOf(id, options), { class: 0, against: [2] }), contrast.flat()))
      t.diagnostic(Math.max(...errors).toExponential(1))
      assert.ok(Math.max(...errors) < 1e-6, `${errors}`)
    })
}

test('CLIP Surgery of one text alone has nothing to take away, and says so; it can be left out', async () => {
  const { transformer } = await modelWith('shapes', textsOf('shapes').slice(0, 1))
  const build = (options: Record<string, string>) =>
    explanationProgram(transformer, [choiceOf('clip-surgery', options)], 1, 'given')
  assert.throws(() => build({}), { name: 'UnsupportedError', message: /expected two or more texts.*redundancy=keep/ })
  assert.ok(build({ redundancy: 'keep' }))
})

test('a model whose classes are no vectors is refused, with what to do', async () => {
  const { transformer } = await openModel('icon-vit')
  for (const { id } of explainers.filter(isForTexts))
    assert.throws(
      () => explanationProgram(transformer, [choiceOf(id)], 1, 'given'),
      (error: unknown) =>
        error instanceof UnsupportedError && /ask about a text, a picture or a direction/.test(error.message),
    )
})
