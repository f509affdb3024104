import { sizeOf } from '@vitrine/tensor'
import type { Bytes } from '../checkpoint/bytes.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import { asArray, elementType, type OnnxTensor } from './elements.ts'
import { type OnnxFile, tensorsOf } from './file.ts'

/** The weights of a graph, by the names of its program's parameters. Nothing is read. */
export function weightsOf<B extends Bytes>(file: OnnxFile<B>): Checkpoint<B> {
  const isWeight = ({ type, shape }: OnnxTensor) => elementType(type).kind === 'float' && sizeOf(shape) > 1
  return {
    name: file.name,
    sources: file.sources,
    arrays: new Map(
      tensorsOf(file)
        .filter(isWeight)
        .map(tensor => [tensor.name, asArray(tensor)]),
    ),
  }
}
