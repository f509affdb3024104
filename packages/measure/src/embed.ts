import type { Backend, Executable } from '@vitrine/backends/core'
import type { Model } from '@vitrine/models/checkpoint'
import type { TextTower, Tokenise } from '@vitrine/models/text'
import { type HostTensor, input, type Program, program, type Weights } from '@vitrine/tensor'

/** A text tower that can be run. */
export interface RunnableText {
  readonly tower: TextTower
  readonly weights: Weights
  readonly tokenise: Tokenise
}

const TEXTS_AT_ONCE = 32

/** Embeddings of texts, one of `features` numbers for each, of whatever length; and the texts that were too long and were cut. */
export async function embedTexts(
  backend: Backend,
  { tower, weights, tokenise }: RunnableText,
  texts: readonly string[],
): Promise<{ readonly embeddings: readonly Float32Array[]; readonly cut: readonly string[] }> {
  const { length } = tower.config
  const { tokens, ends, cut } = tokenise(texts)
  const batch = Math.min(TEXTS_AT_ONCE, texts.length)
  const shape = [batch, length]
  const embeddings = tower.embed(input('tokens', shape, 'int'), input('end', [batch], 'int'))
  return run(backend, program({ embeddings }), weights, async executable => {
    const found: Float32Array[] = []
    for (let start = 0; start < texts.length; start += batch) {
      const rows = Math.min(batch, texts.length - start)
      const data = new Int32Array(batch * length)
      data.set(tokens.subarray(start * length, (start + rows) * length))
      const end = new Int32Array(batch)
      end.set(ends.subarray(start, start + rows))
      const outputs = await executable.run({ tokens: { shape, data }, end: { shape: [batch], data: end } })
      found.push(...rowsOf(outputs.embeddings).slice(0, rows))
    }
    return { embeddings: found, cut: cut.map(row => texts[row] ?? '') }
  })
}

/**
 * Embeddings of pictures: what the model's head reads of them, or would read.
 *
 * @param pictures each `[3, height, width]`, normalised
 * @returns undefined where the model has no one embedding
 */
export async function embedPictures(
  backend: Backend,
  { transformer, weights }: Pick<Model, 'transformer' | 'weights'>,
  pictures: readonly Float32Array[],
): Promise<readonly Float32Array[] | undefined> {
  const shape = transformer.imageShape(1)
  const { embedding } = transformer.trace(input('image', shape))
  if (!embedding) return undefined
  return run(backend, program({ embedding }), weights, async executable => {
    const found: Float32Array[] = []
    for (const data of pictures) found.push(...rowsOf((await executable.run({ image: { shape, data } })).embedding))
    return found
  })
}

async function run<T>(
  backend: Backend,
  compiled: Program,
  weights: Weights,
  use: (executable: Executable) => Promise<T>,
): Promise<T> {
  const executable = await backend.compile(compiled, weights)
  try {
    return await use(executable)
  } finally {
    await executable.dispose()
  }
}

function rowsOf(output: HostTensor | undefined): Float32Array[] {
  const { data = [], shape: [count = 0] = [] } = output ?? {}
  const numbers = Float32Array.from(data)
  const size = numbers.length / count
  return Array.from({ length: count }, (_, i) => numbers.slice(i * size, (i + 1) * size))
}
