import type { Dataset } from '@vitrine/datasets'
import { SampleError } from '@vitrine/datasets'
import { type ColumnGroup, cellsFromMaps, type MapOptions, needsMapsOnly, type Slice } from '@vitrine/measure'
import type { Model } from '@vitrine/models'
import type { Store } from '@vitrine/records'
import type { OpenUnit } from './units.ts'

/**
 * Computes columns whose version was raised from the maps that the store keeps, without an engine: of images that lack only such groups. Records whose
 * maps the store does not have are left to the sweep, and so is what is left when `stopped`.
 *
 * @returns the records with what each still needs, and how many images were computed
 */
export async function computeFromMaps(
  store: Store,
  model: Model,
  dataset: Dataset,
  { indices }: Slice,
  given: Omit<MapOptions, 'groups'>,
  units: readonly OpenUnit[],
  stopped: AbortSignal,
): Promise<{ readonly units: readonly OpenUnit[]; readonly images: number }> {
  let images = 0
  const left: OpenUnit[] = []
  for (const unit of units) {
    const able: [number, readonly ColumnGroup[]][] = []
    for (const [index, lacking] of unit.missing)
      if (lacking !== 'all' && lacking.every(needsMapsOnly)) able.push([index, lacking])
    if (able.length === 0) left.push(unit)
    else {
      const missing = new Map(unit.missing)
      const maps = {
        predicted: store.maps(unit.id, 'predicted'),
        label: store.maps(unit.id, 'label'),
        other: store.maps(unit.id, 'other'),
      }
      const before = store.images(unit.id).images
      for (const [index, lacking] of able) {
        if (stopped.aborted) break
        const predicted = maps.predicted.get(index)
        const k = before.index.indexOf(index)
        const sample = await readable(dataset, indices[index] ?? index)
        if (!predicted || k < 0 || !sample) continue
        const row = {
          ...{ unit: unit.id, index, id: before.id[k] ?? sample.id, label: before.label[k] ?? sample.label },
          predicted: before.predicted[k] ?? -1,
          probability: before.probability[k] ?? 0,
        }
        const stored = { predicted, label: maps.label.get(index), other: maps.other.get(index) }
        const options = { ...given, groups: new Set(lacking) }
        const values = cellsFromMaps(model, unit.planned, sample, row.predicted, stored, options)
        store.saveImages([{ ...row, values }])
        missing.delete(index)
        images++
      }
      left.push({ ...unit, missing })
    }
  }
  return { units: left, images }
}

async function readable(dataset: Dataset, at: number) {
  try {
    return await dataset.sample(at)
  } catch (error) {
    if (error instanceof SampleError) return undefined
    throw error
  }
}
