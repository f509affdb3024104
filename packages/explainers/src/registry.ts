// Written by `pnpm generate` from the files of `methods/`.
import type { Explainer } from './explainer.ts'
import agcam from './methods/agcam.ts'
import attentionRollout from './methods/attention-rollout.ts'
import centerGaussian from './methods/center-gaussian.ts'
import featureAblation from './methods/feature-ablation.ts'
import objectMask from './methods/object-mask.ts'
import random from './methods/random.ts'
import transformerAttribution from './methods/transformer-attribution.ts'
import wholeImage from './methods/whole-image.ts'

/** Every bundled method, by id. */
export const explainers: readonly Explainer[] = [
  agcam,
  attentionRollout,
  centerGaussian,
  featureAblation,
  objectMask,
  random,
  transformerAttribution,
  wholeImage,
]
