import { Tokenizer } from '@huggingface/tokenizers'
import { ModelError } from '../errors.ts'
import type { TextTowerConfig } from './config.ts'

/** Texts as a text tower reads them. */
export interface TokenisedTexts {
  /** `[texts, length]`. */
  readonly tokens: Int32Array
  /** Where each text ends. */
  readonly ends: Int32Array
  /** Positions of the texts that were too long and were cut. */
  readonly cut: readonly number[]
}

/** Turns texts into tokens. */
export type Tokenise = (texts: readonly string[]) => TokenisedTexts

/**
 * A tokenizer from the contents of tokenizer.json and tokenizer_config.json. A text that is longer than the tower takes is cut, and its last
 * token is kept; one that is shorter is padded.
 *
 * @throws {ModelError} where a file is no tokenizer's, or knows more tokens than the tower
 */
export function tokeniser(
  json: object,
  config: object,
  { length, vocabulary }: TextTowerConfig,
  file: string,
): Tokenise {
  const tokenizer = madeFrom(json, config, file)
  const padding = paddingOf(tokenizer, json, config)
  return texts => {
    const tokens = new Int32Array(texts.length * length).fill(padding)
    const ends = new Int32Array(texts.length)
    const cut: number[] = []
    texts.forEach((text, row) => {
      const { ids }: { readonly ids: readonly number[] } = tokenizer.encode(text)
      const last = ids.at(-1)
      if (last === undefined) throw new ModelError(`${file}: "${text}" has no tokens`)
      const foreign = ids.find(id => !(id >= 0 && id < vocabulary))
      if (foreign !== undefined)
        throw new ModelError(
          `${file}: expected tokens below ${vocabulary}, as the text tower knows, got ${foreign}: it is the tokenizer of another model`,
        )
      if (ids.length > length) cut.push(row)
      const kept = ids.length > length ? [...ids.slice(0, length - 1), last] : ids
      tokens.set(kept, row * length)
      ends[row] = kept.length - 1
    })
    return { tokens, ends, cut }
  }
}

function madeFrom(json: object, config: object, file: string): Tokenizer {
  try {
    return new Tokenizer(json, config)
  } catch (error) {
    throw new ModelError(
      `${file}: expected a tokenizer.json that @huggingface/tokenizers reads, got ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** The token behind short texts: what the files say, or 0 as in OpenAI's code, where nothing reads it. */
function paddingOf(tokenizer: Tokenizer, json: object, config: object): number {
  const { padding } = json as { readonly padding?: { readonly pad_id?: unknown } | null }
  if (typeof padding?.pad_id === 'number') return padding.pad_id
  const { pad_token: token } = config as { readonly pad_token?: unknown }
  const content = typeof token === 'object' && token !== null && 'content' in token ? token.content : token
  return (typeof content === 'string' ? tokenizer.token_to_id(content) : undefined) ?? 0
}
