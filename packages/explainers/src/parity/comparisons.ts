import type { Comparison } from './comparison.ts'
import { sampledComparisons } from './sampled.ts'

const rollouts = ['mean', 'max', 'min'].flatMap(headFusion =>
  [0, 0.9].flatMap(discardRatio =>
    ['rows', 'columns'].map(
      (normalisation): Comparison => ({
        method: 'attention-rollout',
        options: { headFusion, discardRatio, normalisation },
        reference: `rollout-${headFusion}-${discardRatio}${normalisation === 'rows' ? '-rownorm' : ''}`,
      }),
    ),
  ),
)

const gradientRollouts = [0, 0.9].flatMap((discardRatio): Comparison[] => {
  const of = (reference: string, options: Readonly<Record<string, string>>): Comparison => ({
    method: 'gradient-rollout',
    options: { discardRatio, ...options },
    reference: `gradient-rollout${reference}`,
  })
  return [
    of(`-code-${discardRatio}`, { normalisation: 'columns', gradients: 'scores', order: 'reversed' }),
    of(`-code-ordered-${discardRatio}`, { normalisation: 'columns', gradients: 'scores' }),
    of(`-reversed-${discardRatio}`, { normalisation: 'columns', order: 'reversed' }),
    of(`-${discardRatio}`, { normalisation: 'columns' }),
    of(`-${discardRatio}-rownorm`, {}),
  ]
})

// The library's maps were stored before the positive part is taken.
const cams = ['gradcam', 'hirescam', 'gradcam-plus-plus', 'xgradcam', 'layercam', 'fem'].map(
  (method): Comparison => ({
    method,
    options: { rectify: false },
    reference: method.replace('-plus-plus', '++'),
  }),
)

const principal = [
  ['eigencam', 'eigencam'],
  ['eigen-gradcam', 'eigengradcam'],
  ['kpca-cam', 'kpca-cam'],
].map(([method = '', reference = '']): Comparison => ({ method, reference, upToSign: true }))

/** All comparisons. The reference tests run them, and `docs/parity.md` shows what they find. */
export const comparisons: readonly Comparison[] = [
  { method: 'raw-attention', reference: 'attention-last' },
  ...[0, 1, 2].map(layer => ({ method: 'raw-attention', options: { layer }, reference: `attention-layer${layer}` })),
  { method: 'mean-attention', reference: 'attention-mean' },
  ...rollouts,
  ...[0, 1].map(startLayer => ({
    method: 'attention-rollout',
    options: { startLayer },
    reference: `rollout-chefer-start${startLayer}`,
  })),
  { method: 'attention-rollout', reference: 'rollout-study' },
  { method: 'rollout-per-head', reference: 'rollout-per-head' },

  { method: 'agcam', reference: 'agcam' },
  ...gradientRollouts,
  { method: 'generic-attention', reference: 'generic-attention' },
  { method: 'attention-gradcam', reference: 'attn-gradcam' },
  { method: 'legrad', reference: 'legrad' },
  { method: 'legrad', options: { startLayer: 2 }, reference: 'legrad-layer2' },
  { method: 'legrad', options: { pool: 'head' }, reference: 'legrad-cls' },
  { method: 'legrad', options: { pool: 'head', startLayer: 2 }, reference: 'legrad-cls-layer2' },
  { method: 'attcat', reference: 'attcat' },
  { method: 'attcat', options: { tokens: 'output' }, reference: 'attcat-outputs' },
  { method: 'grad-eclip', reference: 'grad-eclip' },
  { method: 'grad-eclip', options: { similarity: 'none' }, reference: 'grad-eclip-nosim' },
  { method: 'daam', reference: 'daam' },
  { method: 'gmar', reference: 'gmar-l1' },
  { method: 'gmar', options: { norm: 'L2' }, reference: 'gmar-l2' },

  { method: 'tam', reference: 'tam' },
  ...[0, 1].flatMap(startLayer => [
    // The authors count blocks from 1.
    { method: 'beyond-intuition-heads', options: { startLayer }, reference: `bt-h-start${startLayer + 1}` },
    { method: 'beyond-intuition-tokens', options: { startLayer }, reference: `bt-t-start${startLayer + 1}` },
  ]),

  ...[0, 1].map(startLayer => ({
    method: 'transformer-attribution',
    options: { startLayer },
    reference: `transformer-attribution-start${startLayer}`,
  })),
  { method: 'partial-lrp', reference: 'partial-lrp-orig' },
  { method: 'partial-lrp', options: { rules: 'rescaled' }, reference: 'partial-lrp' },
  { method: 'partial-lrp', options: { rules: 'rescaled', gradient: true }, reference: 'partial-lrp-gradient' },
  { method: 'lrp-rollout', reference: 'lrp-rollout' },
  { method: 'full-lrp', reference: 'full-lrp-orig' },
  { method: 'full-lrp', options: { grain: 'pixels' }, reference: 'full-lrp-orig-pixels' },
  { method: 'full-lrp', options: { rules: 'rescaled' }, reference: 'full-lrp' },
  { method: 'attnlrp', reference: 'attnlrp' },
  { method: 'attnlrp', options: { grain: 'pixels' }, reference: 'attnlrp-pixels' },
  { method: 'attnlrp', options: { level: 'tokens' }, reference: 'attnlrp-tokens' },
  { method: 'attnlrp-gamma', reference: 'attnlrp-gamma' },
  { method: 'cp-lrp', reference: 'cp-lrp' },
  { method: 'cp-lrp', options: { level: 'tokens' }, reference: 'cp-lrp-tokens' },
  { method: 'libragrad', reference: 'libragrad-ixg' },
  { method: 'libragrad', options: { level: 'tokens' }, reference: 'libragrad-tokens' },
  { method: 'libragrad', options: { base: 'gradient' }, reference: 'libragrad-saliency' },
  { method: 'libragrad', options: { base: 'attcat' }, reference: 'libragrad-attcat' },

  ...cams,
  ...principal,

  { method: 'vit-recipro-cam', reference: 'vit-recipro-cam' },
  { method: 'vit-recipro-cam', options: { mask: 'patch' }, reference: 'vit-recipro-cam-nogauss' },

  { method: 'saliency', reference: 'saliency-max-abs' },
  { method: 'saliency', options: { grain: 'pixels' }, reference: 'saliency-max-abs-pixels' },
  { method: 'saliency', options: { channels: 'sum-abs' }, reference: 'saliency-sum-abs' },
  { method: 'saliency', options: { channels: 'sum' }, reference: 'saliency' },
  { method: 'input-x-gradient', reference: 'input-x-gradient' },
  // captum has no DeepLIFT rule for the modules of a ViT, so it computes the gradient times the difference.
  { method: 'deeplift', options: { rescale: false }, reference: 'deeplift' },

  ...sampledComparisons,
]
