import type { BenchRecord } from './schema.ts'

/** The engine as it is asked for: `onnx:cpu`. */
export const engineOf = ({ backend }: Pick<BenchRecord, 'backend'>): string => `${backend.id}:${backend.engine}`

/** The method with the options that differ from the defaults: `attention-rollout[discardRatio=0.9]`. */
export function methodLabel({ variant, method }: Pick<BenchRecord, 'variant' | 'method'>): string {
  const options = variant?.split(' ').filter(part => (part.split('=')[0] ?? '') in method.options) ?? []
  return options.length === 0 ? method.id : `${method.id}[${options.join(',')}]`
}

/** Whether the method gets the ground truth as an input, as some controls do. */
export const readsTruth = ({ method }: Pick<BenchRecord, 'method'>): boolean => method.details?.readsTruth === true

/** The part of a dataset in words: `shard 2/4 of 100 by 6`; empty for its first images. */
export const sliceLabel = ({ slice }: Pick<BenchRecord['dataset'], 'slice'>): string =>
  slice ? `shard ${slice.shard}/${slice.of} of ${slice.images}${slice.block ? ` by ${slice.block}` : ''}` : ''

/** The position in the dataset of a record's image: a shard takes every n-th block. */
export function positionOf({ slice }: Pick<BenchRecord['dataset'], 'slice'>, index: number): number {
  if (!slice) return index
  const { shard, of, block = 1 } = slice
  return (Math.floor(index / block) * of + shard - 1) * block + (index % block)
}

/** Whether the maps of a record were computed in double precision; float32 is what engines have. */
export const isDouble = ({ backend }: Pick<BenchRecord, 'backend'>): boolean => backend.details?.precision === 'double'
