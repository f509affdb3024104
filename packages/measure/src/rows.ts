import { type Dataset, type Sample, SampleError } from '@vitrine/datasets/sample'
import { type MethodChoice, mapSize } from '@vitrine/explainers/run'
import { mosaicSide, type Protocol } from '@vitrine/metrics'
import type { ExplainableModel } from '@vitrine/models/architecture'
import type { Model } from '@vitrine/models/checkpoint'

import type { Cell, ImageRow } from '@vitrine/records'
import { encodeMap, type Json } from '@vitrine/records/record'

import { unreadableCells } from './columns.ts'
import { type MeasuredImage, type MeasureOptions, measureBatch } from './image.ts'
import { type MapOptions, type MapsOfImage, mapColumns } from './map-columns.ts'
import { writeInput } from './model-input.ts'
import type { ModelRun } from './model-run.ts'

/** A record that rows are made for. */
export interface RowUnit {
  readonly id: string
  readonly method: MethodChoice
  readonly protocol: Protocol
}

/** Samples of a dataset; in place of one whose files cannot be read, its error. */
export const readSamples = (dataset: Dataset, indices: readonly number[]): Promise<(Sample | SampleError)[]> =>
  Promise.all(
    indices.map(index =>
      dataset.sample(index).catch((error: unknown) => {
        if (error instanceof SampleError) return error
        throw error
      }),
    ),
  )

/** An image of a slice. */
export interface Position {
  /** In the slice. */
  readonly index: number
  /** In the dataset. */
  readonly at: number
}

/** What rows are made with. */
export interface RowOptions extends Omit<MeasureOptions, 'protocols' | 'wanted' | 'without' | 'others'> {
  /** Positions in the slice of the images that rows are wanted of, all if absent. The others only keep their places in the batch. */
  readonly wanted?: ReadonlySet<number> | undefined
}

/**
 * Measures the images of a batch for some records of one model, dataset and engine: one forward pass serves all methods. The rows of each image are
 * yielded as soon as it is measured. An image that cannot be read never stops a sweep: its rows say what is wrong with it, and it is in no
 * mean.
 */
export async function* measureRows(
  run: ModelRun,
  dataset: Dataset,
  units: readonly RowUnit[],
  positions: readonly Position[],
  { wanted, ...options }: RowOptions,
): AsyncGenerator<ImageRow[]> {
  const samples = await readSamples(
    dataset,
    positions.map(({ at }) => at),
  )
  const readable: Sample[] = []
  const indexOf = new Map<Sample, number>()
  for (const [i, sample] of samples.entries()) {
    const index = positions[i]?.index ?? 0
    if (sample instanceof SampleError) {
      if (wanted?.has(index) ?? true) yield units.map(({ id }) => unreadableRow(id, index, sample))
    } else {
      readable.push(sample)
      indexOf.set(sample, index)
    }
  }
  if (readable.length === 0) return
  const methods = [...new Map(units.map(({ method }) => [method.key, method])).values()]
  const protocols = [...new Map(units.map(({ protocol }) => [protocol.id, protocol])).values()]
  const ids = wanted && new Set(readable.flatMap(sample => (wanted.has(indexOf.get(sample) ?? -1) ? [sample.id] : [])))
  if (ids?.size === 0) return
  const place = new Map(positions.map(({ index, at }) => [index, at]))
  const without = dataset.without && {
    without: async (sample: Sample) => (await dataset.without?.(place.get(indexOf.get(sample) ?? -1) ?? -1)) ?? [],
  }
  const others = (sample: Sample) => othersOf(dataset, sample, place.get(indexOf.get(sample) ?? -1) ?? -1)
  const asked = { ...options, ...without, others, protocols, wanted: ids }
  for await (const image of measureBatch(run, methods, readable, asked)) {
    const index = indexOf.get(image.sample) ?? 0
    yield units.flatMap(unit => rowOf(unit, run.model.transformer, index, image))
  }
}

/** How many samples are looked at for those of other classes. */
const LOOKED_AT = 64

/** The next samples of other classes in a dataset, from its beginning again after its end: as many as a mosaic lacks. */
async function othersOf(dataset: Dataset, { label }: Sample, at: number): Promise<Sample[]> {
  const found: Sample[] = []
  const labels = new Set([label])
  for (let k = 1; k < Math.min(LOOKED_AT, dataset.size) && labels.size < mosaicSide ** 2; k++) {
    const [next] = await readSamples(dataset, [(at + k) % dataset.size])
    if (!next || next instanceof SampleError || labels.has(next.label)) continue
    labels.add(next.label)
    found.push(next)
  }
  return found
}

const unreadableRow = (unit: string, index: number, { id, label, problem }: SampleError): ImageRow => ({
  ...{ unit, index, id, label, predicted: -1, probability: 0 },
  values: unreadableCells(problem),
})

function rowOf(unit: RowUnit, transformer: ExplainableModel, index: number, image: MeasuredImage): ImageRow[] {
  const { key, explainer } = unit.method
  const found = image.measurements.find(m => m.method === key && m.protocol === unit.protocol.id)
  const maps = image.maps.get(key)
  if (!found || !maps) return []
  const encode = (map: Float32Array): Json => {
    if (!map.every(Number.isFinite)) return null
    const { rows, columns } = mapSize(transformer, map.length)
    return { ...encodeMap(map, rows, columns) }
  }
  const { predicted, label, other } = maps
  const cost = image.costs.get(key)
  const asked = unit.protocol.diagnostics && explainer.classSpecific ? other : undefined
  return [
    {
      ...{ unit: unit.id, index, id: image.sample.id, label: image.sample.label },
      predicted: image.predicted,
      probability: image.probability,
      values: {
        ...found.cells,
        distractors: image.sample.distractors?.length ?? null,
        ...(cost !== undefined && { cost }),
        'map.predicted': encode(predicted),
        'map.label': label === predicted ? null : encode(label),
        ...(asked && { 'map.other': encode(asked) }),
      },
      maps: { predicted, ...(label !== predicted && { label }), ...(other && { other }) },
    },
  ]
}

/** Maps of an image as the store keeps them: `label` only where it is not the predicted class's. */
export interface StoredMaps {
  readonly predicted: Float32Array
  readonly label?: Float32Array | undefined
  readonly other?: Float32Array | undefined
}

/** Computes the columns of some groups again from stored maps, without a pass of the model. See `needsMapsOnly`. */
export function cellsFromMaps(
  model: Model,
  { method, protocol }: Omit<RowUnit, 'id'>,
  sample: Sample,
  predicted: number,
  stored: StoredMaps,
  options: MapOptions,
): Record<string, Cell> {
  const maps: MapsOfImage = { ...stored, label: stored.label ?? stored.predicted }
  const pixels = writeInput(model, sample.image)
  const classes = { predicted, label: sample.label }
  return mapColumns(model.transformer, protocol, { sample, pixels, classes }, options)(method, maps)
}
