import { testExports } from './testing/exports.ts'

const registers = (count: number): string[] => Array.from({ length: count }, () => 'register')

testExports('timm-vit', { prefixTokens: ['class'], pooling: 'class', activation: 'gelu' })
testExports('timm-deit-distilled', {
  prefixTokens: ['class', 'distillation'],
  pooling: 'class-and-distillation',
  activation: 'gelu',
})
testExports('timm-registers', { prefixTokens: ['class', ...registers(4)], pooling: 'class', activation: 'gelu' })
testExports('timm-no-class-token', { prefixTokens: [], pooling: 'patch-mean', activation: 'gelu' })
// Tokens that the head does not read are none of class, whatever their model calls them.
testExports('timm-dinov3', { prefixTokens: registers(5), pooling: 'patch-mean', activation: 'gelu' })
testExports('timm-eva02', { prefixTokens: registers(1), pooling: 'patch-mean', activation: 'x sigmoid(x)' })
testExports('timm-beit', { prefixTokens: registers(1), pooling: 'patch-mean', activation: 'gelu' })
testExports('timm-siglip', { prefixTokens: [], pooling: 'attention', activation: 'gelu' })
testExports('timm-clip', { prefixTokens: ['class'], pooling: 'class', activation: 'x sigmoid(x)' })
testExports('timm-swin', { prefixTokens: [], pooling: 'patch-mean', activation: 'gelu', blocks: 4 })
testExports('timm-swinv2', { prefixTokens: [], pooling: 'patch-mean', activation: 'gelu', blocks: 4 })
// Norms by the root of the mean of squares, and a gate.
testExports('timm-aimv2', { prefixTokens: [], pooling: 'patch-mean', activation: 'x sigmoid(x)' })
