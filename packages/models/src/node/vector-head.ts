import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { ModelError } from '../errors.ts'
import { writeSafetensors } from './tensor-file.ts'

/** Vectors in the space of a model's embeddings, each with a name: of texts, of pictures, or directions. */
export interface NamedVectors {
  readonly names: readonly string[]
  /** As many as names, each of one width. */
  readonly vectors: readonly Float32Array[]
  /** By what their cosines are multiplied, where the model does not say it. */
  readonly scale?: number | undefined
}

/**
 * Writes vectors as a head: a model that is opened with it, `MODEL[head=FILE]`, has one class for each of them, and its logits are the cosines of the
 * picture's embedding with them, times the scale.
 *
 * @throws {ModelError} where vectors have different widths, or one has no direction
 */
export function writeHead(path: string, { names, vectors, scale }: NamedVectors): void {
  const [first] = vectors
  if (!first || vectors.length !== names.length)
    throw new ModelError(`${path}: expected a vector for each of ${names.length} names, got ${vectors.length}`)
  const rows = vectors.map((vector, i) => {
    if (vector.length !== first.length)
      throw new ModelError(
        `"${names[i]}": expected ${first.length} numbers, as "${names[0]}" has, got ${vector.length}`,
      )
    return unit(vector, names[i] ?? '')
  })
  const data = new Float32Array(rows.length * first.length)
  rows.forEach((row, i) => {
    data.set(row, i * first.length)
  })
  const metadata = { names: JSON.stringify(names), ...(scale !== undefined && { scale: String(scale) }) }
  mkdirSync(dirname(path), { recursive: true })
  writeSafetensors(`${path}.${process.pid}`, new Map([['texts', [rows.length, first.length]]]), () => data, metadata)
  renameSync(`${path}.${process.pid}`, path)
}

/** A vector of the length 1. */
export function unit(vector: Float32Array, name: string): Float32Array {
  const length = Math.hypot(...vector)
  if (!(length > 0 && Number.isFinite(length)))
    throw new ModelError(`"${name}": expected a vector with a direction, got one of length ${length}`)
  return vector.map(x => x / length)
}

/**
 * Writes a head into the cache, known by what it holds: the same vectors are one file.
 *
 * @returns the path of its file
 */
export function keptHead(head: NamedVectors): string {
  const { names, vectors, scale } = head
  const content = JSON.stringify([names, vectors.map(vector => [...vector]), scale])
  const key = createHash('sha256').update(content).digest('hex')
  const path = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vitrine', 'heads', `${key}.safetensors`)
  if (!existsSync(path)) writeHead(path, head)
  return path
}
