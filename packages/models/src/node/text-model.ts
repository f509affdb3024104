import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Weights } from '@vitrine/tensor'
import { type CheckpointArray, readArraySync } from '../checkpoint/checkpoint.ts'
import { joinHashes } from '../checkpoint/model.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import { ModelError, NoTextTowerError } from '../errors.ts'
import { type TextTower, type Tokenise, tokeniser, understandText } from '../text/index.ts'
import { type FileBytes, fileBytes, readJsonFile, verifiedHash } from './file-bytes.ts'
import { fileWeights } from './float32-copy.ts'
import { isExported, weightsFile } from './model.ts'
import { tensorFile } from './tensor-file.ts'

/** The text tower of a model, with its weights and its tokenizer. */
export interface TextModel {
  /** The file of weights, for messages. */
  readonly name: string
  readonly tower: TextTower
  readonly weights: Weights
  readonly tokenise: Tokenise
  /** By what the model multiplies cosines; undefined where its file does not say it. */
  readonly scale: number | undefined
  /** SHA-256 of the weights and of the tokenizer. */
  readonly hash: string
}

/**
 * Opens the text tower that lies in the same file as an image tower of CLIP's or SigLIP's kind, and the tokenizer.json beside it.
 *
 * @param spec as `openModel` takes it
 * @param tokenizer where the tokenizer.json is, if not beside the weights
 *
 * @throws {NoTextTowerError} where the file has no text tower
 * @throws {ModelError} where there is no tokenizer
 *
 * @example
 * const text = await openTextModel('hf:openai/clip-vit-base-patch32')
 */
export async function openTextModel(
  spec: string,
  { tokenizer }: { readonly tokenizer?: string } = {},
): Promise<TextModel> {
  const { file, options } = await weightsFile(spec)
  if (isExported(file))
    throw new NoTextTowerError(
      `${file}: expected a file of weights, whose text tower is read, got an exported graph; take that of the same model, or say texts by their embeddings, FILE[text=EMBEDDINGS.safetensors]`,
    )
  const beside = (name: string) => join(dirname(file), name)
  const json = (path: string): object | undefined => {
    const found = existsSync(path) ? readJsonFile(path) : undefined
    return typeof found === 'object' && found !== null ? found : undefined
  }
  const checkpoint = await openCheckpoint(fileBytes(file), name => fileBytes(beside(name)))
  const text = understandText(
    checkpoint,
    json(beside('config.json')) ?? json(beside('open_clip_config.json')),
    options.act,
  )
  const tokens = tokenizer ?? beside('tokenizer.json')
  const content = json(tokens)
  if (!content)
    throw new ModelError(
      `${tokens}: expected the tokenizer of ${file}; copy the tokenizer.json of its repository there, or say where it is with --tokenizer`,
    )
  const config = json(join(dirname(tokens), 'tokenizer_config.json')) ?? {}
  const hashes = await Promise.all([...checkpoint.sources.map(({ path }) => path), tokens].map(verifiedHash))
  const hash = joinHashes(hashes)
  return {
    name: file,
    tower: text.tower,
    weights: fileWeights(tensorFile(text.weights), `${hash} text`),
    tokenise: tokeniser(content, config, text.tower.config, tokens),
    scale: text.scale && Math.exp(scalar(text.scale)),
    hash,
  }
}

const scalar = (array: CheckpointArray<FileBytes>): number => readArraySync(array)[0] ?? Number.NaN
