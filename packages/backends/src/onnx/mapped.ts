import type { Weights } from '@vitrine/tensor'
import { sizeOf, type TensorOf } from '@vitrine/tensor'
import { WeightError } from '../errors.ts'
import type { ExternalRange } from './graph.ts'

/** A file as ONNX Runtime takes it: by its name in a folder that is the same for all files of a model, and never a symbolic link. */
export type MapFile = (path: string) => { readonly folder: string; readonly file: string }

/** Weights that ONNX Runtime maps from their file. */
export interface MappedWeights {
  /** Where a parameter lies; undefined where it must be copied into the model. */
  range(node: TensorOf<'parameter'>): ExternalRange | undefined
  /** The folder of all files that `range` has returned. */
  folder(): string | undefined
}

export function mappedWeights(weights: Weights | undefined, mapFile: MapFile | undefined): MappedWeights {
  let folder: string | undefined
  return {
    folder: () => folder,
    range({ params: { name }, shape }) {
      const where = mapFile && weights?.location?.(name)
      if (!where || where.offset % 4 !== 0) return undefined
      const { offset, length } = where
      const mapped = mapFile(where.path)
      const expected = 4 * sizeOf(shape)
      if (length !== expected)
        throw new WeightError('onnx', name, shape, `expected ${expected} bytes, got ${length} of ${mapped.file}`)
      if (folder !== undefined && folder !== mapped.folder) return undefined
      folder = mapped.folder
      return { file: mapped.file, offset, length }
    },
  }
}
