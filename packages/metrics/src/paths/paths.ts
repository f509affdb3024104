import type { Path } from '../protocol.ts'
import { blurSteps } from './blur.ts'
import { noiseSteps } from './noise.ts'
import { occlusionSteps } from './occlusion.ts'
import type { Walk } from './walk.ts'

/** A path that is the same for all methods. */
export type SharedPath = Exclude<Path, { kind: 'removal' }>

const images: { readonly [Kind in SharedPath['kind']]: (walk: Walk, steps: readonly number[]) => Float32Array[] } = {
  noise: noiseSteps,
  blur: blurSteps,
  occlusion: occlusionSteps,
}

/** The image at every step of a path that all methods share. */
export function sharedSteps({ kind, steps }: SharedPath, walk: Walk): Float32Array[] {
  return images[kind](walk, steps)
}
