import { crc32 } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

export const isPng = (bytes: Buffer): boolean => bytes.subarray(0, 8).equals(SIGNATURE)

/** The header of a PNG and, where it has one, its palette. */
export interface PngHead {
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number
  readonly kind: 'grey' | 'rgb' | 'palette' | 'grey-alpha' | 'rgba'
  /** `[entry, rgb]`; empty without a palette. */
  readonly palette: Uint8Array
}

/** Colour types; W3C, "Portable Network Graphics (PNG) Specification", table 11.1. */
const kinds: Readonly<Record<number, PngHead['kind']>> = {
  0: 'grey',
  2: 'rgb',
  3: 'palette',
  4: 'grey-alpha',
  6: 'rgba',
}

/**
 * What stands before the pixels of a PNG. As Pillow does, every chunk up to there must be whole and have its checksum.
 *
 * @throws {Error} for a chunk that is damaged
 */
export function pngHead(bytes: Buffer): PngHead {
  let [depth, kind, palette] = [0, undefined as PngHead['kind'] | undefined, new Uint8Array(0)]
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const name = bytes.toString('latin1', at + 4, at + 8)
    if (name === 'IDAT' && kind) return { depth, kind, palette }
    const end = at + 8 + length
    if (end + 4 > bytes.length) break
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end))
      throw new Error(`expected a whole PNG, got a wrong checksum of its chunk ${JSON.stringify(name)}`)
    const data = bytes.subarray(at + 8, end)
    if (name === 'IHDR' && length >= 13) [depth, kind] = [data.readUInt8(8), kinds[data.readUInt8(9)]]
    if (name === 'PLTE') palette = new Uint8Array(data)
    at = end + 4
  }
  throw new Error('expected a whole PNG, got none with pixels')
}
