import { type Failure, type Pattern, patterns, worstImages } from '@vitrine/metrics'
import type { Entry } from '../load/records.ts'
import { wholeRecord } from '../load/whole-record.ts'
import type { MapSet } from '../maps/maps.ts'
import type { Board } from './boards.ts'

/** An image on which a method fails, and where its maps are. */
export interface Example extends Failure {
  readonly set: MapSet
  /** Position of the method in the set. */
  readonly row: number
}

/** A way in which maps fail, with the images of a method that show it most. */
export interface Shown {
  readonly pattern: Pattern
  readonly examples: readonly Example[]
}

/** Images of each pattern that a page shows. */
const EXAMPLES = 3

/**
 * One method's worst images in each way of failing, over all that was measured of it on one model and engine. An image that several
 * records have is shown once.
 */
export function failuresOf(
  measured: readonly { readonly board: Board; readonly entry: Entry }[],
  sets: readonly MapSet[],
): Shown[] {
  const records = measured.flatMap(({ board, entry }) => {
    const set = sets.find(s => s.boards.includes(board))
    const row = set?.entries.findIndex(e => e.row === entry.row) ?? -1
    return set && row >= 0 ? [{ ...wholeRecord(entry.file), set, row }] : []
  })
  const names = records[0]?.set.album.classNames ?? []
  return patterns.map(pattern => {
    const name = (label: number) => names[label] ?? `class ${label}`
    // No record has an image twice.
    const worst = worstImages(pattern, records, EXAMPLES * records.length, name)
    const shown = new Set<string>()
    const examples = worst.flatMap(({ record: { dataset, set, row }, ...failure }) => {
      const image = `${dataset.id} ${set.images.id[failure.image]}`
      if (shown.has(image)) return []
      shown.add(image)
      return [{ ...failure, set, row }]
    })
    return { pattern, examples: examples.slice(0, EXAMPLES) }
  })
}
