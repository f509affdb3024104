import { gridOf, type VisionTransformerConfig, vitB16 } from './config.ts'
import { publishedRotary } from './parts/published-rotary.ts'
import type { SwinConfig } from './swin-transformer.ts'

const GRID = gridOf(vitB16)
const HEAD_SIZE = vitB16.width / vitB16.heads

/** The parts of each family in the geometry of ViT-B/16 at 224 px, and Swin-B: what a forward pass costs is told by them. */
export const baseSizes = {
  'vit-b16': vitB16,
  'clip-b16': {
    ...vitB16,
    preNorm: true,
    patchBias: false,
    perceptron: { activation: 'quickgelu' },
    projection: 512,
    head: { kind: 'texts', scale: 100 },
  },
  'siglip-b16': {
    ...vitB16,
    prefixTokens: [],
    pooling: 'attention',
    perceptron: { activation: 'gelu-tanh' },
  },
  'pe-core-b16': {
    ...vitB16,
    pooling: 'attention',
    poolHeads: 8,
    preNorm: true,
    patchBias: false,
    rotary: publishedRotary('pe-core', GRID, HEAD_SIZE),
  },
  'eva02-b16': {
    ...vitB16,
    pooling: 'patch-mean',
    finalNorm: 'pooled',
    mlpWidth: 2048,
    perceptron: { activation: 'silu', gated: true, innerNorm: true },
    rotary: publishedRotary('eva', GRID, HEAD_SIZE),
  },
  'dinov3-b16': {
    ...vitB16,
    prefixTokens: ['class', 'register', 'register', 'register', 'register'],
    positions: 'none',
    layerScale: true,
    rotary: publishedRotary('dinov3', GRID, HEAD_SIZE),
  },
  'beit-b16': {
    ...vitB16,
    pooling: 'patch-mean',
    finalNorm: 'pooled',
    positions: 'none',
    layerScale: true,
    relativePositions: 'each',
  },
  // Swin-B (Liu et al., ICCV 2021, section 3.3): stages of its own sizes, as many blocks and channels as published.
  'swin-b4': {
    version: 1,
    imageSize: vitB16.imageSize,
    patchSize: { height: 4, width: 4 },
    stages: [2, 2, 18, 2].map((depth, s) => ({
      depth,
      width: 128 * 2 ** s,
      heads: 4 * 2 ** s,
      mlpWidth: 512 * 2 ** s,
      window: 7,
    })),
    classes: vitB16.classes,
    layerNormEpsilon: 1e-5,
    qkvBias: true,
    patchNorm: true,
    perceptron: { activation: 'gelu' },
    head: { kind: 'linear' },
    mean: vitB16.mean,
    std: vitB16.std,
  },
} as const satisfies Readonly<Record<string, VisionTransformerConfig | SwinConfig>>
