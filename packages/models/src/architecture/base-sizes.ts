import { gridOf, type VisionTransformerConfig, vitB16 } from './config.ts'
import { publishedRotary } from './parts/published-rotary.ts'

const GRID = gridOf(vitB16)
const HEAD_SIZE = vitB16.width / vitB16.heads

/** The parts of each family in the geometry of ViT-B/16 at 224 px: what a forward pass costs is told by them. */
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
} as const satisfies Readonly<Record<string, VisionTransformerConfig>>
