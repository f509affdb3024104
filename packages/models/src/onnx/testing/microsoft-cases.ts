import { type Case, floats, onView, op } from './case.ts'
import { attention } from './layer-cases.ts'

/** Cases of ONNX Runtime's own ops. */
export const microsoftCases: Readonly<Record<string, readonly Case[]>> = {
  'com.microsoft.Attention': [
    onView([1, 16, 3], 'com.microsoft.Attention', 't w b', { num_heads: 2 }, { w: floats(3, 12), b: floats(12) }),
    onView(
      [1, 16, 3],
      'com.microsoft.Attention',
      't w b - - bias',
      { num_heads: 2, scale: { float: 0.3 } },
      { w: floats(3, 12), b: floats(12), bias: floats(1, 2, 16, 16) },
    ),
  ],
  'com.microsoft.BiasGelu': [op('com.microsoft.BiasGelu', 'x b', {}, { b: floats(4) })],
  'com.microsoft.FastGelu': [
    op('com.microsoft.FastGelu', 'x b', {}, { b: floats(4) }),
    op('com.microsoft.FastGelu', 'x'),
  ],
  'com.microsoft.FusedMatMul': [
    op('com.microsoft.FusedMatMul', 'x x', { transB: 1, alpha: { float: 0.4 } }),
    op('com.microsoft.FusedMatMul', 'x w', { transA: 1 }, { w: floats(4, 5) }),
  ],
  'com.microsoft.Gelu': [op('com.microsoft.Gelu', 'x')],
  'com.microsoft.MultiHeadAttention': [
    attention('com.microsoft.MultiHeadAttention', 'q k v', { num_heads: 2 }, {}, 20),
    attention(
      'com.microsoft.MultiHeadAttention',
      'q k v b - bias',
      { num_heads: 2, scale: { float: 0.4 } },
      { b: floats(14), bias: floats(1, 2, 16, 16) },
      20,
    ),
  ],
  'com.microsoft.QuickGelu': [op('com.microsoft.QuickGelu', 'x', { alpha: { float: 1.702 } })],
  'com.microsoft.SkipLayerNormalization': [
    onView(
      [1, 16, 3],
      'com.microsoft.SkipLayerNormalization',
      't t s b e',
      { epsilon: { float: 1e-3 } },
      { s: floats(3), b: floats(3), e: floats(3) },
    ),
    onView([1, 16, 3], 'com.microsoft.SkipLayerNormalization', 't t s', {}, { s: floats(3) }),
  ],
  'com.microsoft.SkipSimplifiedLayerNormalization': [
    onView(
      [1, 16, 3],
      'com.microsoft.SkipSimplifiedLayerNormalization',
      't t s e',
      { epsilon: { float: 1e-3 } },
      { s: floats(3), e: floats(3) },
    ),
  ],
}
