import { RecordError, shown } from '../record/errors.ts'
import { REBUILD } from './faults.ts'

/** A map as bytes, little-endian whatever the machine. */
export function bytesOf(map: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * map.length)
  for (const [i, value] of map.entries()) bytes.writeFloatLE(value, 4 * i)
  return bytes
}

/** The map behind `bytesOf`; anything else, in the database `file`, is a `RecordError`. */
export function floatsOf(bytes: unknown, file: string): Float32Array {
  if (!Buffer.isBuffer(bytes) || bytes.length % 4 !== 0) {
    const found = Buffer.isBuffer(bytes) ? `${bytes.length} bytes` : shown(bytes)
    throw new RecordError({ file, field: 'maps', expected: 'float32 values of 4 bytes each', found, remedy: REBUILD })
  }
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}
