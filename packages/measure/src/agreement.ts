import { mapAgreement, median, metricDifferences, type Target, targets } from '@vitrine/metrics'
import { type Agreement, type BenchRecord, engineOf } from '@vitrine/records/record'

const MAP_COLUMNS = ['absolute', 'relative', 'spearman'] as const

/** The raw maps of a record, by the class that they explain and the position of their image. */
export type RawMaps = Readonly<Record<Target, ReadonlyMap<number, Float32Array>>>

/**
 * How far the maps of a record are from those that another engine made of the same question, image by image: the greatest difference, that
 * difference as a share of the reference's greatest value, and the rank correlation. `null` where the engines predict different classes, or a map
 * is not finite.
 */
export function mapsAgreement(
  reference: BenchRecord,
  referenceMaps: RawMaps,
  record: BenchRecord,
  maps: RawMaps,
): Agreement {
  const columns: Agreement['columns'] = {}
  for (const target of targets) {
    const found = record.images.index.map((position, i) => {
      const [x, y] = [referenceMaps[target].get(position), maps[target].get(position)]
      const sameClass = target === 'label' || record.images.predicted[i] === reference.images.predicted[i]
      const finite = [x, y].every(map => map?.every(Number.isFinite))
      return x && y && sameClass && finite ? mapAgreement(x, y) : undefined
    })
    for (const column of MAP_COLUMNS)
      columns[`map.${target}.${column}`] = found.map(agreement => agreement?.[column] ?? null)
  }
  return { engine: engineOf(reference), record: reference.id, columns }
}

/** Two engines' records of one question, compared. */
export interface EngineAgreement {
  /** The other engine, as `onnx:cpu`, and its record. */
  readonly engine: string
  readonly record: string
  /** Per image: of maps, as stored; `prediction.changed`; and per metric the size of the difference. */
  readonly columns: Agreement['columns']
  /** Over the images that have a number. */
  readonly summary: Readonly<Record<string, { readonly median: number; readonly worst: number }>>
}

/** All that two engines' records of one question differ in: their maps, as stored, and every number, from the records. */
export function engineAgreement(stored: Agreement, reference: BenchRecord, record: BenchRecord): EngineAgreement {
  const columns: Agreement['columns'] = {
    'prediction.changed': record.images.predicted.map((p, i) => Number(p !== reference.images.predicted[i])),
    ...metricDifferences(reference, record),
    ...stored.columns,
  }
  const summary: Record<string, { median: number; worst: number }> = {}
  for (const [name, values] of Object.entries(columns)) {
    const known = values.filter(value => value !== null)
    const worst = name.endsWith('.spearman') ? Math.min(...known) : Math.max(...known)
    if (known.length > 0) summary[name] = { median: median(known), worst }
  }
  return { engine: stored.engine, record: stored.record, columns, summary }
}
