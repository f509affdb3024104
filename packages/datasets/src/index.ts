/**
 * Labelled images with the truth of where their objects are: bundled scenes, and readers of data in files.
 * For a browser, `@vitrine/datasets/sample` has what needs no Node.js.
 * @module
 */
export { imageNetClassNames, normalName } from './classes.ts'
export { creditLine } from './credits.ts'
export { encodePng } from './formats/png.ts'
export { createHeatmapFile, openHeatmapFile, type SavedHeatmap } from './formats/saved-heatmaps.ts'
export { datasetIds, datasetKinds, loadDataset, type Outside, openDataset, resolveDatasetSpec } from './open.ts'
export * from './plugin.ts'
export { readers } from './registry.ts'
export type { IconSceneOptions } from './scenes/icon-scenes.ts'
export { type DatasetSlice, positionsOf } from './slice.ts'
export { datasetSource } from './template.ts'
