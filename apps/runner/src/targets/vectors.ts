import { basename } from 'node:path'
import type { Backend } from '@vitrine/backends/core'
import { embedPictures, embedTexts } from '@vitrine/measure'
import {
  fitPicture,
  keptHead,
  type NamedVectors,
  normalise,
  openArrays,
  openModel,
  openTextModel,
  parseSpec,
  type TextModel,
  unit,
} from '@vitrine/models'
import { fromHere, UsageError } from '../cli/arguments.ts'
import { tell } from '../cli/terminal.ts'
import { croppedPicture } from './region.ts'

/** What is asked of a picture other than its classes: how near its embedding is to that of a text or of a picture, or to a direction. */
export interface AskedVectors {
  readonly texts: readonly string[]
  /** Pictures or regions of them, `other.jpg#x,y,w,h`. */
  readonly like: readonly string[]
  /** Files of directions. */
  readonly directions: readonly string[]
  /** Where the tokenizer.json is, if not beside the weights. */
  readonly tokenizer?: string | undefined
}

export const asksVectors = ({ texts, like, directions }: AskedVectors): boolean =>
  texts.length + like.length + directions.length > 0

/**
 * The spec of a model whose classes are what is asked: the model with a head of vectors, which is kept in the cache.
 *
 * @throws {UsageError} where the model has a head already that was asked for
 */
export async function withVectors(spec: string, asked: AskedVectors, backend: Backend): Promise<string> {
  const { place, options } = parseSpec(spec)
  const given = (['head', 'text'] as const).find(name => options[name] !== undefined)
  if (given)
    throw new UsageError(`--text, --like, --direction: expected a model without a head, got one with ${given}=`)
  const parts = [
    await textVectors(spec, asked, backend),
    await pictureVectors(spec, asked, backend),
    directionVectors(asked),
  ]
  const [scale] = parts.flatMap(part => (part.scale === undefined ? [] : [part.scale]))
  const names = parts.flatMap(part => part.names)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new UsageError(`"${twice}" is asked about twice`)
  const vectors = parts.flatMap(part => part.vectors)
  // Without a temperature of its own, a model's scores are the cosines.
  const file = keptHead({ names, vectors, scale: scale ?? 1 })
  const own = spec.slice(place.length).replace(/^\[|\]$/g, '')
  return `${place}[${[own, `head=${file}`].filter(Boolean).join(',')}]`
}

const NONE: NamedVectors = { names: [], vectors: [] }

async function textVectors(spec: string, { texts, tokenizer }: AskedVectors, backend: Backend): Promise<NamedVectors> {
  if (texts.length === 0) return NONE
  const text = await openTextModel(spec, tokenizer === undefined ? {} : { tokenizer: fromHere(tokenizer) })
  const classes = texts.map(name => ({ name, prompts: [name] }))
  return embedClasses(text, classes, backend)
}

/** A class, and the texts that describe it. */
export interface PromptedClass {
  readonly name: string
  readonly prompts: readonly string[]
}

/** The embedding of each class: the mean of those of its prompts, each of length 1 (Radford et al., ICML 2021, section 3.1.4). */
export async function embedClasses(
  text: TextModel,
  classes: readonly PromptedClass[],
  backend: Backend,
): Promise<NamedVectors> {
  const prompts = [...new Set(classes.flatMap(one => one.prompts))]
  const { embeddings, cut } = await embedTexts(backend, text, prompts)
  for (const long of cut) tell(`"${long}" is longer than ${text.tower.config.length} tokens and was cut`)
  const units = new Map(prompts.map((prompt, i) => [prompt, unit(embeddings[i] ?? new Float32Array(0), prompt)]))
  const vectors = classes.map(({ prompts: own }) => {
    const sum = new Float32Array(text.tower.config.features)
    for (const prompt of own)
      for (const [i, x] of units.get(prompt)?.entries() ?? []) sum[i] = (sum[i] ?? 0) + x / own.length
    return sum
  })
  return { names: classes.map(({ name }) => name), vectors, scale: text.scale }
}

async function pictureVectors(spec: string, { like }: AskedVectors, backend: Backend): Promise<NamedVectors> {
  if (like.length === 0) return NONE
  const model = await openModel(spec, { headless: true })
  const { input } = model.transformer
  const pictures: Float32Array[] = []
  for (const name of like)
    pictures.push(normalise(input, fitPicture(model.fit, input.imageSize, await croppedPicture(name))))
  const vectors = await embedPictures(backend, model, pictures)
  if (!vectors) throw new UsageError(`--like: expected a model with one embedding of a picture, got ${model.family}`)
  return { names: like.map(name => `like ${basename(name)}`), vectors }
}

/** Each array of one axis is a direction, each row of one with two is. */
function directionVectors({ directions }: AskedVectors): NamedVectors {
  const found = directions.flatMap(path => {
    const file = openArrays(fromHere(path))
    return file.names.flatMap(name => {
      const [rows = 0, width] = file.shape(name)
      const numbers = file.read(name)
      if (file.shape(name).length > 2)
        throw new UsageError(
          `--direction: ${path}: ${name}: expected [width] or [directions, width], got [${file.shape(name).join(', ')}]`,
        )
      return width === undefined
        ? [{ name, vector: numbers }]
        : Array.from({ length: rows }, (_, i) => ({
            name: `${name} ${i}`,
            vector: numbers.slice(i * width, (i + 1) * width),
          }))
    })
  })
  return { names: found.map(({ name }) => name), vectors: found.map(({ vector }) => vector) }
}
