import { percent } from '../../shared/format.ts'
import type { Entry } from '../load/records.ts'

/** A row's strip in a sentence: of each of its maps, where the peak lies and how much is in the object. */
export function stripWords(entry: Entry, name: string, images: readonly number[]): string {
  const of = (metric: string, image: number) => entry.values.get(`pointing.predicted.${metric}`)?.[image] ?? null
  const parts = images.flatMap(image => {
    const [peak, mass] = [of('pointing-game', image), of('mass-accuracy', image)]
    if (peak === null && mass === null) return ['no numbers']
    const share = mass === null ? [] : [percent(mass)]
    return [[...(peak === null ? [] : [peak > 0 ? 'inside' : 'outside']), ...share].join(', ')]
  })
  return `Maps of ${name}; where the peak is and how much is in the object: ${parts.join('; ')}`
}

/**
 * What a map shows, in a sentence made from its record: where its peak lies, how much of it lies in the object, and how well it ranks the
 * object's pixels, and whether most of its energy is finer than the object. Only what was measured.
 *
 * @param target the explained class: `predicted`, `label` or `other`; for the other object nothing is measured on its own
 */
export function mapWords(entry: Entry, name: string, image: number, target = 'predicted'): string {
  const of = (metric: string) => entry.values.get(`pointing.${target}.${metric}`)?.[image] ?? null
  const [peak, mass, auc] = [of('pointing-game'), of('mass-accuracy'), of('roc-auc')]
  const fine = entry.values.get(`texture.${target}.fine-energy`)?.[image] ?? null
  const parts = [
    ...(peak === null
      ? []
      : [peak >= 1 ? 'peak in the object' : peak > 0 ? 'one of its peaks in the object' : 'peak outside the object']),
    ...(mass === null ? [] : [`${percent(mass)} of its mass in the object`]),
    ...(auc === null ? [] : [`ranks the object above the rest in ${percent(auc)} of the pairs of pixels`]),
    ...(fine === null
      ? []
      : [`${fine > 0.5 ? 'mostly texture: ' : ''}${percent(fine)} of its energy finer than the object`]),
  ]
  const id = entry.images.id[image] ?? ''
  return `${name} on ${id}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}
