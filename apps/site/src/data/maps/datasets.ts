import { datasetIds } from '@vitrine/datasets'

/**
 * The spec under which the images of a record's dataset are opened; `null` where they are not opened. Records come from strangers, so
 * what a record calls its dataset is never taken for a place on this machine: only bundled datasets are opened, and those that the
 * builder of the site names in `VITRINE_DATASETS`, as `id=spec` parted by semicolons.
 *
 * @example
 * // VITRINE_DATASETS='ilsvrc=ilsvrc:/data/ILSVRC;voc=voc:/data/VOC2012'
 * datasetSpec('ilsvrc')                  // 'ilsvrc:/data/ILSVRC'
 * datasetSpec('icon-scenes')             // 'icon-scenes'
 * datasetSpec('ilsvrc:/etc')             // null
 */
export function datasetSpec(id: string, named = process.env.VITRINE_DATASETS ?? ''): string | null {
  if (datasetIds.includes(id)) return id
  for (const entry of named.split(';').filter(text => text.trim() !== '')) {
    const [, name, spec] = /^\s*([^=\s]+)\s*=\s*(\S.*?)\s*$/.exec(entry) ?? []
    if (name === undefined || spec === undefined)
      throw new Error(`[vitrine] [site] VITRINE_DATASETS: expected id=spec parted by semicolons, got "${entry}"`)
    if (name === id) return spec
  }
  return null
}
