import { hash32 } from '@vitrine/explainers/run'
import {
  leavesNothing,
  type PixelMask,
  type PixelRemoval,
  type Removal,
  type Remover,
  removalKey,
  removerOf,
  takesPatches,
} from '@vitrine/metrics'
import type { MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'

/** What is taken away from an image, and what becomes of it. */
export interface Removed {
  readonly removal: Removal
  /** Of pixels of the input, or of patches where those are taken away. */
  readonly mask: PixelMask
}

/** Forward passes over one image with something taken away; each distinct one is run once, whoever asks for it. */
export interface ImagePasses {
  /** Class probabilities, one row for each. */
  without(removed: readonly Removed[]): Promise<Float32Array[]>
  /** Writes the image without the pixels of a mask. */
  remover(removal: PixelRemoval): Remover
}

/** Bits of a mask, eight to a byte. */
function packed(mask: PixelMask): Uint8Array {
  const bits = new Uint8Array(Math.ceil(mask.length / 8))
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

/** FNV-1a, 32 bits. */
function hash(bytes: Uint8Array): number {
  let state = 0x811c9dc5
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193)
  return state
}

// Class probabilities of an image of which nothing is left, where that is the same for every image: run once per model and removal.
const blanks = new WeakMap<ModelRun, Map<string, Promise<Float32Array[]>>>()

/** A distinct thing to run, and its class probabilities once it was. */
interface Pass extends Removed {
  readonly bits: Uint8Array
  row?: Float32Array
}

/**
 * @param unperturbed class probabilities of the image
 * @param seed of noise
 */
export function imagePasses(
  run: ModelRun,
  { sample, pixels }: Pick<MeasuredSample, 'pixels'> & { readonly sample: { readonly id: string } },
  unperturbed: Float32Array,
  seed: number,
): ImagePasses {
  const { imageSize, mean, std } = run.model.transformer.input
  const black = mean.map((value, channel) => -value / (std[channel] ?? 1))
  const image = { ...imageSize, values: pixels, black, seed: hash32(`${seed} ${sample.id} removal`) }
  const removers = new Map<string, Remover>()
  const known = new Map<string, Pass[]>()

  function remover(removal: PixelRemoval): Remover {
    const key = removalKey(removal)
    const found = removers.get(key) ?? removerOf(removal, image)
    removers.set(key, found)
    return found
  }

  function blank(removal: PixelRemoval, mask: PixelMask): Promise<Float32Array[]> {
    const ofRun = blanks.get(run) ?? new Map<string, Promise<Float32Array[]>>()
    blanks.set(run, ofRun)
    const key = removalKey(removal)
    const rows = ofRun.get(key) ?? run.probabilities(1, (_, out) => remover(removal)(mask, out))
    ofRun.set(key, rows)
    return rows
  }

  /** The pass of what is taken away; `missing` takes one that nobody asked for before. */
  function passOf({ removal, mask }: Removed, missing: Pass[]): Pass {
    const bits = packed(mask)
    const key = `${removalKey(removal)} ${hash(bits)}`
    const bucket = known.get(key) ?? []
    known.set(key, bucket)
    const found = bucket.find(other => equal(other.bits, bits))
    if (found) return found
    const pass: Pass = { removal, mask, bits }
    bucket.push(pass)
    missing.push(pass)
    return pass
  }

  return {
    remover,
    async without(removed) {
      const missing: Pass[] = []
      const rows: (() => Float32Array | undefined)[] = []
      for (const one of removed) {
        const { removal, mask } = one
        if (!mask.includes(1)) rows.push(() => unperturbed)
        else if (!takesPatches(removal) && leavesNothing(removal) && !mask.includes(0)) {
          const [row] = await blank(removal, mask)
          rows.push(() => row)
        } else {
          const pass = passOf(one, missing)
          rows.push(() => pass.row)
        }
      }
      const ofPixels: { readonly pass: Pass; readonly removal: PixelRemoval }[] = []
      const ofPatches: Pass[] = []
      for (const pass of missing) {
        const { removal } = pass
        if (takesPatches(removal)) ofPatches.push(pass)
        else ofPixels.push({ pass, removal })
      }
      const pixelRows = await run.probabilities(ofPixels.length, (k, out) => {
        const one = ofPixels[k]
        if (one) remover(one.removal)(one.pass.mask, out)
      })
      ofPixels.forEach(({ pass }, k) => {
        pass.row = pixelRows[k]
      })
      const patchRows = await run.withoutPatches(
        pixels,
        ofPatches.map(({ mask }) => mask),
      )
      ofPatches.forEach((pass, k) => {
        pass.row = patchRows[k]
      })
      return rows.map((row, i) => {
        const found = row()
        if (!found) throw new RangeError(`[vitrine] [measure] no pass for mask ${i} of ${removed.length}`)
        return found
      })
    },
  }
}
