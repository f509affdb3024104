// Written by `pnpm generate` from the files of `methods/`.
import type { Explainer } from './explainer.ts'
import ablationCam from './methods/ablation-cam.ts'
import agcam from './methods/agcam.ts'
import attentionRollout from './methods/attention-rollout.ts'
import blurIntegratedGradients from './methods/blur-integrated-gradients.ts'
import centerGaussian from './methods/center-gaussian.ts'
import expectedGradients from './methods/expected-gradients.ts'
import featureAblation from './methods/feature-ablation.ts'
import gradientShap from './methods/gradient-shap.ts'
import integratedGradients from './methods/integrated-gradients.ts'
import kernelShap from './methods/kernel-shap.ts'
import lime from './methods/lime.ts'
import objectMask from './methods/object-mask.ts'
import occlusion from './methods/occlusion.ts'
import random from './methods/random.ts'
import rise from './methods/rise.ts'
import scoreCam from './methods/score-cam.ts'
import smoothgrad from './methods/smoothgrad.ts'
import tis from './methods/tis.ts'
import transformerAttribution from './methods/transformer-attribution.ts'
import vargrad from './methods/vargrad.ts'
import vitCx from './methods/vit-cx.ts'
import wholeImage from './methods/whole-image.ts'

/** Every bundled method, by id. */
export const explainers: readonly Explainer[] = [
  ablationCam,
  agcam,
  attentionRollout,
  blurIntegratedGradients,
  centerGaussian,
  expectedGradients,
  featureAblation,
  gradientShap,
  integratedGradients,
  kernelShap,
  lime,
  objectMask,
  occlusion,
  random,
  rise,
  scoreCam,
  smoothgrad,
  tis,
  transformerAttribution,
  vargrad,
  vitCx,
  wholeImage,
]
