/**
 * What needs no Node.js: samples and their parts, masks and runs, and how icon scenes are put together.
 * @module
 */
export { creditLine } from './credits.ts'
export type { Box, ClassIdentity, Dataset, Licence, RgbImage, Sample, SceneObject, Size, Thing } from './dataset.ts'
export { DatasetError, SampleError } from './errors.ts'
export { type AnnotatedObject, fitObjects, unit } from './fit.ts'
export { boxAround, maskObject, maskOf, pixelsOfRuns, resizeMask, runsOf } from './mask.ts'
export { paintBackground } from './scenes/background.ts'
export { blend, type Canvas, nobody } from './scenes/composite.ts'
export { type ClassIcon, drawLayout, type Placement, type Spot } from './scenes/layout.ts'
export type { Random } from './scenes/random.ts'
export { type Split, type SplitId, splits } from './scenes/splits.ts'
export {
  classNames,
  distractorNames,
  type IconFamily,
  type IconName,
  trainedFamilies,
  unseenFamilies,
} from './scenes/vocabulary.ts'
export { type DatasetSlice, positionsOf } from './slice.ts'
