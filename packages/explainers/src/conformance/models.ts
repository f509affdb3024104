import {
  type ExplainableModel,
  type SwinTransformer,
  swinTransformer,
  type VisionTransformer,
  type VisionTransformerConfig,
  visionTransformer,
} from '@vitrine/models'
import { type HostTensor, sizeOf, type WeightLookup } from '@vitrine/tensor'
import type { Explainer } from '../contract/explainer.ts'
import { isForTexts } from '../contract/needs.ts'
import { drawNumbers } from '../run/seeds.ts'

/** A random model that is small enough for plain loops. */
export interface RandomModel {
  readonly name: string
  readonly model: ExplainableModel
  readonly weights: WeightLookup
}

/** A grid that is not square. */
const plainConfig: VisionTransformerConfig = {
  imageSize: { height: 16, width: 24 },
  patchSize: { height: 8, width: 8 },
  width: 12,
  depth: 3,
  heads: 3,
  mlpWidth: 24,
  classes: 5,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
}

const subject = (name: string, config: VisionTransformerConfig): RandomModel => random(name, visionTransformer(config))

const random = (name: string, model: VisionTransformer | SwinTransformer): RandomModel => ({
  name,
  model,
  weights: parameter => {
    const shape = model.parameterShapes.get(parameter) ?? []
    const centre = parameter.includes('norm') && parameter.endsWith('weight') ? 1 : 0
    return { shape, data: noise(parameter, sizeOf(shape)).map(x => centre + 0.7 * x) } satisfies HostTensor
  },
})

/** Numbers in [-1, 1) that depend on a name alone. */
export const noise = (name: string, count: number): Float32Array =>
  drawNumbers(1, name, { input: 'noise', shape: [count] }).map(u => 2 * u - 1)

/** The plain Vision Transformer: a class token, then the patches. */
export const plain = subject('class token', plainConfig)

/** One whose classes are vectors, as of texts. */
const withTexts = subject('norm before the blocks, QuickGELU, projection, cosines with texts (CLIP)', {
  ...plainConfig,
  patchSize: { height: 8, width: 4 },
  depth: 2,
  heads: 2,
  preNorm: true,
  patchBias: false,
  perceptron: { activation: 'quickgelu' },
  projection: 8,
  head: { kind: 'texts', scale: 10 },
})

/** The model on which a method is tried in all ways: the plain one, where the method can explain it. */
export const mainSubject = (method: Pick<Explainer, 'needs'>): RandomModel => (isForTexts(method) ? withTexts : plain)

/** Other kinds of Vision Transformers, each with another geometry. */
export const otherKinds: readonly RandomModel[] = [
  subject('class and distillation token', {
    ...plainConfig,
    imageSize: { height: 12, width: 12 },
    patchSize: { height: 4, width: 4 },
    depth: 2,
    heads: 2,
    prefixTokens: ['class', 'distillation'],
    pooling: 'class-and-distillation',
  }),
  subject('registers, LayerScale, class token and mean of the patches', {
    ...plainConfig,
    patchSize: { height: 8, width: 4 },
    heads: 4,
    depth: 1,
    prefixTokens: ['class', 'register', 'register'],
    pooling: 'class-and-patch-mean',
    positions: 'patches',
    layerScale: true,
  }),
  subject('no class token, mean of the patches', {
    ...plainConfig,
    heads: 1,
    depth: 2,
    prefixTokens: [],
    pooling: 'patch-mean',
    finalNorm: 'pooled',
    preNorm: true,
    qkvBias: false,
    patchBias: false,
  }),
  withTexts,
  subject('attention pooling, tanh GELU (SigLIP)', {
    ...plainConfig,
    depth: 2,
    heads: 3,
    prefixTokens: [],
    pooling: 'attention',
    perceptron: { activation: 'gelu-tanh' },
  }),
  subject('rotary positions, SwiGLU, norms inside of attention and perceptron (EVA-02)', {
    ...plainConfig,
    depth: 2,
    perceptron: { activation: 'silu', gated: true, innerNorm: true },
    contextNorm: true,
    rotary: {
      layout: 'interleaved',
      angles: { first: 'rows', rows: [0, 8], columns: [0, 5, 10], frequencies: [1] },
    },
  }),
  subject('norm before the blocks, rotary positions, attention pooling of other heads (PE-core)', {
    ...plainConfig,
    patchSize: { height: 8, width: 4 },
    depth: 2,
    preNorm: true,
    patchBias: false,
    pooling: 'attention',
    poolHeads: 2,
    poolMlpWidth: 18,
    rotary: {
      layout: 'interleaved',
      angles: { first: 'columns', rows: [1, 2], columns: [1, 2, 3, 4, 5, 6], frequencies: [0.6] },
    },
  }),
  subject('no position embeddings, registers, rotary positions in halves (DINOv3)', {
    ...plainConfig,
    patchSize: { height: 8, width: 4 },
    depth: 2,
    prefixTokens: ['class', 'register', 'register'],
    positions: 'none',
    layerScale: true,
    rotary: {
      layout: 'halves',
      angles: { first: 'columns', rows: [-1, 1], columns: [-2, -1, 0, 1, 2, 3], frequencies: [0.7] },
    },
  }),
  subject('relative positions, mean of the patches (BEiT)', {
    ...plainConfig,
    imageSize: { height: 12, width: 12 },
    patchSize: { height: 4, width: 4 },
    depth: 2,
    pooling: 'patch-mean',
    finalNorm: 'pooled',
    positions: 'none',
    layerScale: true,
    relativePositions: 'each',
  }),
  subject('RMSNorm, SwiGLU, no class token and no biases (AIMv2)', {
    ...plainConfig,
    depth: 2,
    heads: 3,
    prefixTokens: [],
    pooling: 'patch-mean',
    norm: 'rms',
    patchNorm: true,
    qkvBias: false,
    attentionBias: false,
    perceptron: { activation: 'silu', gated: true, bias: false },
  }),
  random(
    'windows that move, patches that are merged, cosines (Swin V2)',
    swinTransformer({
      version: 2,
      imageSize: { height: 16, width: 16 },
      patchSize: { height: 2, width: 2 },
      stages: [
        { depth: 2, width: 6, heads: 1, mlpWidth: 12, window: 4 },
        { depth: 1, width: 12, heads: 2, mlpWidth: 24, window: 4 },
      ],
      classes: plainConfig.classes,
      layerNormEpsilon: 1e-5,
      qkvBias: true,
      patchNorm: true,
      perceptron: { activation: 'gelu' },
      head: { kind: 'linear' },
      mean: plainConfig.mean,
      std: plainConfig.std,
    }),
  ),
]
