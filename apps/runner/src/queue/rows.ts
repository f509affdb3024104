import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { ImageRow, JsonObject } from '@vitrine/records'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { KEPT, key } from './names.ts'

// Rows on their way from a worker to the coordinator: a list of compressed chunks beside the task. A chunk is what the coordinator holds in
// memory at once.

/** Bytes of a chunk before it is compressed, at the most; a single row may have more. */
const CHUNK = 2 ** 20

/** The most that a chunk may unpack to: more is no chunk of ours. */
const LARGEST = 256 * 2 ** 20

const rowsSchema = z.array(
  z.strictObject({
    unit: z.string(),
    index: z.int().min(0),
    id: z.string(),
    label: z.int(),
    predicted: z.int(),
    probability: z.number(),
    values: z.custom<JsonObject>(value => typeof value === 'object' && value !== null && !Array.isArray(value)),
    maps: z.record(z.string(), z.base64()).optional(),
  }),
)

/** Maps are numbers of 32 bits in little-endian order, as the store keeps them. */
const packMap = (map: Float32Array): string =>
  Buffer.from(map.buffer, map.byteOffset, map.byteLength).toString('base64')

function unpackMap(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
}

function packRow({ maps, ...row }: ImageRow): string {
  if (!maps) return JSON.stringify(row)
  const packed = Object.entries(maps).map(([name, map]) => [name, packMap(map)])
  return JSON.stringify({ ...row, maps: Object.fromEntries(packed) })
}

/** Rows as chunks, none of which holds all of a large image. */
export function packRows(rows: readonly ImageRow[]): Buffer[] {
  const chunks: string[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const row of rows) {
    const text = packRow(row)
    if (size + text.length > CHUNK) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)?.push(text)
    size += text.length
  }
  return chunks.map(texts => zstdCompressSync(`[${texts.join(',')}]`))
}

/** @throws for bytes that are no chunk */
export function unpackRows(chunk: Uint8Array): ImageRow[] {
  const text = zstdDecompressSync(chunk, { maxOutputLength: LARGEST }).toString()
  return rowsSchema.parse(JSON.parse(text)).map(({ maps, ...row }) => {
    if (!maps) return row
    return { ...row, maps: Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, unpackMap(map)])) }
  })
}

/** Writes the rows of one attempt at a task. */
export interface RowWriter {
  /** Where they are. */
  readonly place: string
  push(rows: readonly ImageRow[]): void
  /** Waits until all are there. @returns how many chunks */
  done(): Promise<number>
}

/** Each attempt writes into a list of its own, so that one that was given up and goes on unheard mixes nothing up. */
export function rowWriter(client: Redis, job: string, attempt: string): RowWriter {
  const place = key('rows', job, attempt)
  let chunks = 0
  let last: Promise<unknown> = Promise.resolve()
  return {
    place,
    push(rows) {
      const packed = packRows(rows)
      if (packed.length === 0) return
      chunks += packed.length
      last = Promise.all([
        last,
        client
          .multi()
          .rpush(place, ...packed)
          .expire(place, KEPT)
          .exec(),
      ])
      // Whoever waits for `done` is told.
      last.catch(() => {})
    },
    async done() {
      await last
      return chunks
    },
  }
}

/**
 * The rows of an attempt, a chunk at a time.
 *
 * @throws where chunks are missing or damaged
 */
export async function* readRows(client: Redis, place: string, chunks: number): AsyncGenerator<ImageRow[]> {
  for (let i = 0; i < chunks; i++) {
    const [chunk] = await client.lrangeBuffer(place, i, i)
    if (!chunk) throw new Error(`expected ${chunks} chunks of rows, found ${i}`)
    yield unpackRows(chunk)
  }
}
