import { setImmediate } from 'node:timers/promises'
import { type Dataset, type Sample, SampleError } from '@vitrine/datasets'
import { mapSize } from '@vitrine/explainers'
import type { Engine, PlannedUnit, Slice } from '@vitrine/measure'
import { type MeasuredImage, measureBatch, resultsOf, toCells, unreadableCells } from '@vitrine/measure'
import type { Protocol } from '@vitrine/metrics'
import { encodeMap, type ImageRow, type Json, type Store } from '@vitrine/records'

export interface SweepOptions {
  readonly thresholds: readonly number[]
  readonly seed: number
  readonly slice: Slice
  /** Called after each stored batch. */
  readonly onImages: (count: number) => void
  /** Answers true once the sweep should stop after the batch in flight. */
  readonly stopped: () => boolean
}

/** A unit in the store. */
export interface Pending {
  readonly unit: PlannedUnit
  readonly id: string
  /** Positions of the slice that are still to be measured. */
  readonly missing: ReadonlySet<number>
  /** Whether it is done: measured and summed up, or unsupported. */
  readonly settled: boolean
}

/** Opens every unit in the store and says what each still needs; finished units need nothing. */
export function openUnits(store: Store, units: readonly PlannedUnit[], count: number): Pending[] {
  return units.map(unit => {
    const { id, status, done } = store.begin(unit.header)
    if (unit.unsupported !== undefined) {
      if (status !== 'unsupported') store.unsupported(id, unit.unsupported)
      return { unit, id, missing: new Set(), settled: true }
    }
    const all = status === 'ok' ? [] : Array.from({ length: count }, (_, i) => i)
    return { unit, id, missing: new Set(all.filter(i => !done.has(i))), settled: status === 'ok' }
  })
}

/** Positions of the slice that some unit lacks. */
export const missingOf = (pending: readonly Pending[]): number[] =>
  [...new Set(pending.flatMap(({ missing }) => [...missing]))].sort((a, b) => a - b)

/**
 * Measures what units lack at some positions, a batch of images at a time, and stores each batch in one transaction. Units of one sweep
 * share model, dataset and engine; one forward pass serves all their methods.
 */
export async function sweep(
  engine: Engine,
  dataset: Dataset,
  store: Store,
  pending: readonly Pending[],
  positions: readonly number[],
  { thresholds, seed, slice, onImages, stopped }: SweepOptions,
): Promise<void> {
  for (let start = 0; start < positions.length && !stopped(); start += engine.batch) {
    const batch = positions.slice(start, start + engine.batch)
    const samples = await readSamples(
      dataset,
      batch.map(i => slice.indices[i] ?? 0),
    )
    const needed = pending.filter(p => batch.some(i => p.missing.has(i)))
    const methods = unique(needed.map(p => p.unit.method))
    const protocols: Protocol[] = unique(needed.map(p => p.unit.protocol))
    const readable = samples.filter((sample): sample is Sample => !(sample instanceof SampleError))
    const options = { protocols, thresholds, seed }
    const measured = readable.length > 0 ? await measureBatch(engine, methods, readable, options) : []
    store.saveImages(
      batch.flatMap((index, i) => {
        const sample = samples[i]
        if (sample instanceof SampleError) return unreadableRows(needed, index, sample)
        return rowsOf(
          needed,
          engine,
          index,
          measured.find(image => image.sample === sample),
        )
      }),
    )
    onImages(batch.length)
    // An engine may block the event loop; between batches the process hears what it is asked.
    await setImmediate()
  }
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

/** One bad file never stops a sweep: its row says what is wrong with it, and it is in no mean. */
function unreadableRows(pending: readonly Pending[], index: number, { id, label, problem }: SampleError): ImageRow[] {
  const row = { index, id, label, predicted: -1, probability: 0, values: unreadableCells(problem) }
  return pending.flatMap(p => (p.missing.has(index) ? [{ unit: p.id, ...row }] : []))
}

function rowsOf(pending: readonly Pending[], engine: Engine, index: number, image?: MeasuredImage): ImageRow[] {
  if (!image) return []
  return pending.flatMap(({ unit, id, missing }) => {
    const found = image.measurements.find(m => m.method === unit.method.key && m.protocol === unit.protocol.id)
    const maps = image.maps.get(unit.method.key)
    const cost = image.costs.get(unit.method.key)
    if (!missing.has(index) || !found || !maps) return []
    const encode = (map: Float32Array): Json => {
      if (!map.every(Number.isFinite)) return null
      const { rows, columns } = mapSize(engine.model.transformer, map.length)
      return { ...encodeMap(map, rows, columns) }
    }
    return [
      {
        unit: id,
        index,
        id: image.sample.id,
        label: image.sample.label,
        predicted: image.predicted,
        probability: image.probability,
        values: {
          ...toCells(found.columns),
          ...found.failures?.cells,
          distractors: image.sample.distractors?.length ?? null,
          passes: found.passes,
          explanations: found.failures?.explanations ?? 0,
          ...(cost !== undefined && { cost }),
          'map.predicted': encode(maps.predicted),
          'map.label': maps.label === maps.predicted ? null : encode(maps.label),
          ...(found.failures?.other && { 'map.other': encode(found.failures.other) }),
        },
        maps: maps.label === maps.predicted ? { predicted: maps.predicted } : { ...maps },
      },
    ]
  })
}

/** Sums up a unit of which every image is stored. */
export function finish(store: Store, { unit, id }: Pending, thresholds: readonly number[]): void {
  const { protocol, relativeFlops } = unit
  const { columns } = store.images(id)
  const mean = (column: readonly Json[] = []) => {
    const values = column.filter(value => value !== null).map(Number)
    return values.reduce((sum, v) => sum + v, 0) / Math.max(values.length, 1)
  }
  store.finish(id, {
    ...resultsOf(protocol, columns, thresholds),
    cost: {
      relativeFlops: relativeFlops ?? mean(columns.cost),
      perturbationPassesPerImage: mean(columns.passes),
      furtherExplanationsPerImage: mean(columns.explanations),
    },
  })
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)]
