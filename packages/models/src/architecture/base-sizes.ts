import { type VisionTransformerConfig, vitB16 } from './config.ts'

const PATCHES = 14

const axis = (coordinate: (index: number) => number): readonly number[] =>
  Array.from({ length: PATCHES }, (_, i) => coordinate(i))

const frequencies = (temperature: number): readonly number[] =>
  Array.from({ length: 16 }, (_, i) => temperature ** (-i / 16))

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
  'eva02-b16': {
    ...vitB16,
    pooling: 'patch-mean',
    finalNorm: 'pooled',
    mlpWidth: 2048,
    perceptron: { activation: 'silu', gated: true, innerNorm: true },
    rotary: {
      layout: 'interleaved',
      angles: {
        first: 'rows',
        rows: axis(i => (16 * i) / PATCHES),
        columns: axis(i => (16 * i) / PATCHES),
        frequencies: frequencies(10_000),
      },
    },
  },
  'dinov3-b16': {
    ...vitB16,
    prefixTokens: ['class', 'register', 'register', 'register', 'register'],
    positions: 'none',
    layerScale: true,
    rotary: {
      layout: 'halves',
      angles: {
        first: 'rows',
        rows: axis(i => 2 * Math.PI * ((2 * i + 1) / PATCHES - 1)),
        columns: axis(i => 2 * Math.PI * ((2 * i + 1) / PATCHES - 1)),
        frequencies: frequencies(100),
      },
    },
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
