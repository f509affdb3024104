// Written by `npx -y pnpm@12 generate` from the files of `methods/`.
import type { Explainer } from './contract/explainer.ts'
import ablationCam from './methods/ablation-cam.ts'
import agcam from './methods/agcam.ts'
import attattr from './methods/attattr.ts'
import attcat from './methods/attcat.ts'
import attentionFlow from './methods/attention-flow.ts'
import attentionGradcam from './methods/attention-gradcam.ts'
import attentionRollout from './methods/attention-rollout.ts'
import attnlrp from './methods/attnlrp.ts'
import attnlrpGamma from './methods/attnlrp-gamma.ts'
import beyondIntuitionHeads from './methods/beyond-intuition-heads.ts'
import beyondIntuitionTokens from './methods/beyond-intuition-tokens.ts'
import blurIntegratedGradients from './methods/blur-integrated-gradients.ts'
import centerGaussian from './methods/center-gaussian.ts'
import clipSurgery from './methods/clip-surgery.ts'
import cpLrp from './methods/cp-lrp.ts'
import daam from './methods/daam.ts'
import deeplift from './methods/deeplift.ts'
import eigenGradcam from './methods/eigen-gradcam.ts'
import eigencam from './methods/eigencam.ts'
import expectedGradients from './methods/expected-gradients.ts'
import featureAblation from './methods/feature-ablation.ts'
import fem from './methods/fem.ts'
import fullLrp from './methods/full-lrp.ts'
import genericAttention from './methods/generic-attention.ts'
import gmar from './methods/gmar.ts'
import gradEclip from './methods/grad-eclip.ts'
import gradcam from './methods/gradcam.ts'
import gradcamPlusPlus from './methods/gradcam-plus-plus.ts'
import gradientRollout from './methods/gradient-rollout.ts'
import gradientShap from './methods/gradient-shap.ts'
import hirescam from './methods/hirescam.ts'
import iaAttention from './methods/ia-attention.ts'
import igAttention from './methods/ig-attention.ts'
import iia from './methods/iia.ts'
import inputXGradient from './methods/input-x-gradient.ts'
import integratedGradients from './methods/integrated-gradients.ts'
import kernelShap from './methods/kernel-shap.ts'
import kpcaCam from './methods/kpca-cam.ts'
import layercam from './methods/layercam.ts'
import legrad from './methods/legrad.ts'
import libragrad from './methods/libragrad.ts'
import lime from './methods/lime.ts'
import lrpRollout from './methods/lrp-rollout.ts'
import maskclip from './methods/maskclip.ts'
import meanAttention from './methods/mean-attention.ts'
import metricDriven from './methods/metric-driven.ts'
import objectMask from './methods/object-mask.ts'
import occlusion from './methods/occlusion.ts'
import partialLrp from './methods/partial-lrp.ts'
import random from './methods/random.ts'
import rawAttention from './methods/raw-attention.ts'
import rise from './methods/rise.ts'
import rolloutPerHead from './methods/rollout-per-head.ts'
import saliency from './methods/saliency.ts'
import scoreCam from './methods/score-cam.ts'
import selfSelfAttention from './methods/self-self-attention.ts'
import smoothgrad from './methods/smoothgrad.ts'
import sobelEdges from './methods/sobel-edges.ts'
import sobol from './methods/sobol.ts'
import tam from './methods/tam.ts'
import tis from './methods/tis.ts'
import transformerAttribution from './methods/transformer-attribution.ts'
import vargrad from './methods/vargrad.ts'
import vitCx from './methods/vit-cx.ts'
import vitReciproCam from './methods/vit-recipro-cam.ts'
import wholeImage from './methods/whole-image.ts'
import xgradcam from './methods/xgradcam.ts'

/** Every bundled method, by id. */
export const explainers: readonly Explainer[] = [
  ablationCam,
  agcam,
  attattr,
  attcat,
  attentionFlow,
  attentionGradcam,
  attentionRollout,
  attnlrp,
  attnlrpGamma,
  beyondIntuitionHeads,
  beyondIntuitionTokens,
  blurIntegratedGradients,
  centerGaussian,
  clipSurgery,
  cpLrp,
  daam,
  deeplift,
  eigenGradcam,
  eigencam,
  expectedGradients,
  featureAblation,
  fem,
  fullLrp,
  genericAttention,
  gmar,
  gradEclip,
  gradcam,
  gradcamPlusPlus,
  gradientRollout,
  gradientShap,
  hirescam,
  iaAttention,
  igAttention,
  iia,
  inputXGradient,
  integratedGradients,
  kernelShap,
  kpcaCam,
  layercam,
  legrad,
  libragrad,
  lime,
  lrpRollout,
  maskclip,
  meanAttention,
  metricDriven,
  objectMask,
  occlusion,
  partialLrp,
  random,
  rawAttention,
  rise,
  rolloutPerHead,
  saliency,
  scoreCam,
  selfSelfAttention,
  smoothgrad,
  sobelEdges,
  sobol,
  tam,
  tis,
  transformerAttribution,
  vargrad,
  vitCx,
  vitReciproCam,
  wholeImage,
  xgradcam,
]
