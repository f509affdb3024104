/**
 * Everything that a reader of data in files is written with.
 * @module
 */
export { type ClassList, classesOf, classList } from './classes.ts'
export type { Box, ClassIdentity, Dataset, Licence, RgbImage, Sample, SceneObject, Size, Thing } from './dataset.ts'
export { type DatasetDefinition, defineDataset, type Source } from './define.ts'
export { DatasetError, SampleError } from './errors.ts'
export { type Entry, type FileDataset, fileDataset } from './file-dataset.ts'
export { firstFolder, foldersIn, imagesIn, inTurns, isBelow, stemOf } from './files.ts'
export { fingerprint } from './fingerprint.ts'
export { type AnnotatedObject, unit } from './fit.ts'
export { decodeGrey, decodeImage, type GreyImage } from './formats/decode.ts'
export { isFile, isFolder, readText } from './formats/file.ts'
export { boxAround, maskObject, maskOf, pixelsOfRuns, resizeMask, runsOf } from './mask.ts'
export { parseNumber } from './numbers.ts'
export { type Tally, tally } from './tally.ts'
