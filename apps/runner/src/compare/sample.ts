import type { BenchRecord } from '@vitrine/records/record'

/** The part of a published record that was measured again: the same images, in the same order. */
export function partOf(published: BenchRecord, again: BenchRecord): BenchRecord {
  const kept = again.images.id.flatMap(id => {
    const at = published.images.id.indexOf(id)
    return at === -1 ? [] : [at]
  })
  const pick = <Value>(list: readonly Value[]): Value[] => kept.flatMap(i => list.slice(i, i + 1))
  const { id, label, predicted, probability } = published.images
  const { slice: _, ...dataset } = published.dataset
  const { images, slice } = again.dataset
  return {
    ...published,
    dataset: { ...dataset, images, ...(slice && { slice }) },
    images: {
      index: again.images.index.slice(0, kept.length),
      id: pick(id),
      label: pick(label),
      predicted: pick(predicted),
      probability: pick(probability),
    },
    columns: Object.fromEntries(Object.entries(published.columns).map(([name, values]) => [name, pick(values)])),
  }
}
