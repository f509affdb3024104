import type { Rgb } from '../architecture/config.ts'
import type { NormalisationWord, SpecOptions } from '../architecture/spec.ts'
import { ModelError } from '../errors.ts'

/** Heads of the published sizes by width, as timm has them; most have heads of 64 channels. */
export const HEADS: Readonly<Record<number, number>> = {
  192: 3,
  256: 4,
  320: 5,
  384: 6,
  512: 8,
  640: 10,
  768: 12,
  832: 13,
  896: 14,
  1024: 16,
  1152: 16,
  1280: 16,
  1408: 16,
  1536: 24,
  1664: 16,
}

export interface Normalisation {
  readonly mean: Rgb
  readonly std: Rgb
}

/** The usual normalisations, by the word for them in a model's brackets. */
export const NORMALISATIONS: Readonly<Record<NormalisationWord, Normalisation>> = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
  pixels: { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
}

/** What to type to say how pixels are normalised. */
export const SAY_MEAN = 'FILE[mean=imagenet], FILE[mean=half], FILE[mean=clip] or FILE[mean=none]'

/** The normalisation that is asked for in brackets, if one is. */
export function askedNormalisation({ mean, std }: Pick<SpecOptions, 'mean' | 'std'>): Normalisation | undefined {
  if (typeof mean === 'string') {
    if (std) throw new ModelError(`std: expected none beside the word mean=${mean}, which says both`)
    return NORMALISATIONS[mean]
  }
  if (mean && std) return { mean, std }
  if (mean || std) throw new ModelError(`expected mean and std, got ${mean ? 'mean' : 'std'} alone`)
  return undefined
}
