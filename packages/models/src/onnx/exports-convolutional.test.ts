import { testFeatureMaps } from './testing/exports.ts'

testFeatureMaps('timm-convnext', { blocks: 0 })
testFeatureMaps('timm-resnet', { blocks: 0 })
// One of its two stages has fewer keys than queries.
testFeatureMaps('timm-pvt', { blocks: 1 })
testFeatureMaps('timm-mobilevit', { blocks: 1 })
testFeatureMaps('timm-maxvit', { blocks: 4 })
