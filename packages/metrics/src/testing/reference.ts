import { readFileSync } from 'node:fs'
import type { Box, Heatmap, Truth } from '../types.ts'

const folder = new URL('../../fixtures/', import.meta.url)

export const readJson = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as T

type Header = Record<string, { shape: number[]; data_offsets: [number, number] }>

/** float32 tensors of a safetensors file. */
export function readTensors(name: string): (tensor: string) => Float32Array {
  const bytes = readFileSync(new URL(name, folder))
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Header
  return tensor => {
    const [from, to] = header[tensor]!.data_offsets
    return Float32Array.from({ length: (to - from) / 4 }, (_, i) => bytes.readFloatLE(start + from + 4 * i))
  }
}

export type Score = 'pixel_accuracy' | 'iou' | 'dice' | 'precision' | 'recall'
export type ReferenceScores = Record<Score | 'tp' | 'fp' | 'fn' | 'tn', number> & { boxes: Box[] }

interface ReferenceFile {
  predicted: number[]
  labels: number[]
  localization: Record<Method, Record<string, ReferenceScores[]>>
  abpc: Record<Method, { LeRF: number[][]; MoRF: number[][]; abpc: number[] }>
  truth: Box[][]
}

export const methods = ['agcam', 'lrp', 'rollout'] as const
export const models = ['tiny', 'icon'] as const
export type Method = (typeof methods)[number]
export type Model = (typeof models)[number]

export interface Reference extends ReferenceFile {
  images: number
  heatmap(method: Method, target: 'predicted' | 'label', image: number): Heatmap
  truthOf(image: number): Truth
}

export function reference(model: Model): Reference {
  const file = readJson<ReferenceFile>(`${model}.json`)
  const tensor = readTensors(`${model}.safetensors`)
  return {
    ...file,
    images: file.labels.length,
    heatmap(method, target, image) {
      const name = target === 'label' && method !== 'rollout' ? `${method}@label` : method
      return { rows: 14, columns: 14, values: tensor(name).subarray(196 * image, 196 * (image + 1)), scale: 'relative' }
    },
    // The reference drew these boxes on the grid as they are. Half a pixel more, and the protocol's trunc(x / width * 224) returns them;
    // without it, float64 takes 115 / 224 * 224 to 114.99… and so to 114.
    truthOf: image => ({
      width: 224,
      height: 224,
      boxes: file.truth[image]!.map(([x0, y0, x1, y1]) => [x0 + 0.5, y0 + 0.5, x1 + 0.5, y1 + 0.5] as const),
    }),
  }
}
