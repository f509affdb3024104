import { testExports } from './testing/exports.ts'

testExports('torchvision-vit', { prefixTokens: ['class'], pooling: 'class', activation: 'gelu' })
testExports('hf-vit', { prefixTokens: ['class'], pooling: 'class', activation: 'gelu' })
testExports('hf-dinov2', { prefixTokens: ['class'], pooling: 'class-and-patch-mean', activation: 'gelu' })
testExports('hf-swin', { prefixTokens: [], pooling: 'patch-mean', activation: 'gelu', blocks: 4 })
testExports('hf-clip-tower', { prefixTokens: ['class'], pooling: 'class', activation: 'x sigmoid(x)' })
testExports('hf-clip-classes', { prefixTokens: ['class'], pooling: 'class', activation: 'x sigmoid(x)' })
testExports('hf-siglip', { prefixTokens: [], pooling: 'attention', activation: 'gelu by tanh' })

// Flax has no op for norms.
testExports('flax-vit', { prefixTokens: [], pooling: 'patch-mean', activation: 'gelu' })
// Its tokens come first: [tokens, batch, width].
testExports('openai-clip', { prefixTokens: ['class'], pooling: 'class', activation: 'x sigmoid(x)' })
