/**
 * Labelled images with the truth of where their objects are: bundled scenes, and readers of data in files.
 * For a browser, `@vitrine/datasets/sample` has what needs no Node.js.
 * @module
 */
export { type ClassList, classesOf, classList, imageNetClassNames, normalName } from './classes.ts'
export { creditLine } from './credits.ts'
export type { Box, ClassIdentity, Dataset, Licence, RgbImage, Sample, SceneObject, Size, Thing } from './dataset.ts'
export { type DatasetDefinition, defineDataset, type Source } from './define.ts'
export { DatasetError, SampleError } from './errors.ts'
export { type Entry, type FileDataset, fileDataset } from './file-dataset.ts'
export { firstFolder, foldersIn, imagesIn, inTurns, nameBelow, stemOf } from './files.ts'
export { fingerprint } from './fingerprint.ts'
export { type AnnotatedObject, unit } from './fit.ts'
export { decodeGrey, decodeImage, type GreyImage } from './formats/decode.ts'
export { isFile, isFolder, readText } from './formats/file.ts'
export { encodePng } from './formats/png.ts'
export { createHeatmapFile, openHeatmapFile, type SavedHeatmap } from './formats/saved-heatmaps.ts'
export { boxAround, maskObject, maskOf, pixelsOfRuns, resizeMask, runsOf } from './mask.ts'
export { datasetIds, datasetKinds, loadDataset, type Outside, openDataset, resolveDatasetSpec } from './open.ts'
export { readers } from './registry.ts'
export type { IconSceneOptions } from './scenes/icon-scenes.ts'
export { type DatasetSlice, positionsOf } from './slice.ts'
export { type Tally, tally } from './tally.ts'
export { datasetSource } from './template.ts'
