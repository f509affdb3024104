import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type HostTensor, sizeOf, type WeightLookup } from '@vitrine/tensor'
import { normalise } from './architecture/preprocess.ts'
import { arrayOf, readArraySync } from './checkpoint/checkpoint.ts'
import type { Model } from './checkpoint/model.ts'
import type { ExplainableModel } from './explainable.ts'
import { understandExport } from './exported/understand.ts'
import { readModel } from './node/model.ts'
import { openSafetensors, type TensorFile } from './node/tensor-file.ts'
import { exportBytes, openExport } from './onnx/testing.ts'

/** A small random model, its images and what PyTorch computes for them: see `fixtures/README.md`. */
export interface TinyReference {
  readonly model: Model
  readonly core: TensorFile
  /** Images by position, normalised, as a batch. */
  images(positions: readonly number[], precision?: 'float32' | 'float64'): HostTensor
}

const folder = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

export async function tinyReference(): Promise<TinyReference> {
  const model = await readModel('tiny', 'Tiny', folder('tiny'))
  const images = openSafetensors(folder('tiny/images.safetensors')).read('images')
  return {
    model,
    core: openSafetensors(folder('tiny/core.safetensors')),
    images: (positions, precision) => imageBatch(model, images, positions, precision),
  }
}

/** A model as both of its files say it: its checkpoint, and what torch exported of it. */
export interface ExportedReference {
  readonly checkpoint: RunnableModel
  readonly exported: RunnableModel
}

/** A program and its weights. */
export interface RunnableModel {
  readonly transformer: ExplainableModel
  readonly get: WeightLookup
}

/** Small random models of timm and torchvision that are read from both kinds of files. */
export const EXPORTED_CHECKPOINTS = [
  'timm-vit',
  'timm-deit-distilled',
  'timm-registers',
  'timm-no-class-token',
  'torchvision-vit',
] as const

const unnormalised = { mean: 'none' } as const

export async function exportedReference(name: string, dialect: string): Promise<ExportedReference> {
  const path = folder(`onnx/${name}/model.safetensors`)
  const { transformer, weights } = await readModel(name, name, path, { ...unnormalised, heads: 3 })
  return { checkpoint: { transformer, get: weights.get }, exported: await exportedModel(name, dialect) }
}

/** An export of a fixture, as it is read without an engine. */
export async function exportedModel(name: string, dialect: string): Promise<RunnableModel> {
  const graph = await openExport(name, dialect)
  const { transformer, weights } = await understandExport({ graph, options: unnormalised })
  return {
    transformer,
    get(parameter) {
      const array = arrayOf(weights, parameter)
      return { shape: array.shape, data: readArraySync(array) }
    },
  }
}

/** Writes an export of a fixture with its weights into a folder, as `file`. */
export function writeExport(place: string, name: string, dialect: string, file = 'model.onnx'): string {
  mkdirSync(place, { recursive: true })
  copyFileSync(folder(`onnx/${name}/weights.bin`), join(place, 'weights.bin'))
  writeFileSync(join(place, file), exportBytes(name, dialect))
  return join(place, file)
}

/** Some of the images `[image, row, column, channel]`, as a model's input. In float64 the division by 255 is not rounded. */
export function imageBatch(
  { transformer }: Pick<Model, 'transformer'>,
  images: Float32Array,
  positions: readonly number[],
  precision: 'float32' | 'float64' = 'float32',
): HostTensor {
  const { input } = transformer
  const { width, height } = input.imageSize
  const shape = transformer.imageShape(positions.length)
  const size = sizeOf(shape) / positions.length
  const data = precision === 'float32' ? new Float32Array(sizeOf(shape)) : new Float64Array(sizeOf(shape))
  positions.forEach((position, k) => {
    const pixels = images.subarray(position * size, (position + 1) * size)
    if (data instanceof Float32Array) {
      normalise(input, { width, height, data: Uint8Array.from(pixels) }, data.subarray(k * size, (k + 1) * size))
      return
    }
    pixels.forEach((level, i) => {
      const channel = i % 3
      const [mean = 0, std = 1] = [input.mean[channel], input.std[channel]]
      data[k * size + channel * width * height + (i - channel) / 3] = (level / 255 - mean) / std
    })
  })
  return { shape, data }
}

/** The largest difference, relative to the largest size of the expected numbers. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  const size = Array.from(expected).reduce((top, x) => Math.max(top, Math.abs(x)), 0)
  return largestDifference(actual, expected) / size
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(actual).reduce((top, x, i) => {
    const difference = Math.abs(x - (expected[i] ?? Number.NaN))
    return difference <= top ? top : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
  }, 0)
}
