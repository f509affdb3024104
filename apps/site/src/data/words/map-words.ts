import { percent } from '../../shared/format.ts'
import type { Entry } from '../load/records.ts'

/**
 * What a map shows, in a sentence made from its record: where its peak lies, how much of it lies in the object, and how well it ranks the
 * object's pixels. Only what was measured.
 *
 * @param target the explained class: `predicted`, `label` or `other`; for the other object nothing is measured on its own
 */
export function mapWords(entry: Entry, name: string, image: number, target = 'predicted'): string {
  const of = (metric: string) => entry.values.get(`pointing.${target}.${metric}`)?.[image] ?? null
  const [peak, mass, auc] = [of('pointing-game'), of('mass-accuracy'), of('roc-auc')]
  const parts = [
    ...(peak === null
      ? []
      : [peak >= 1 ? 'peak in the object' : peak > 0 ? 'one of its peaks in the object' : 'peak outside the object']),
    ...(mass === null ? [] : [`${percent(mass)} of its mass in the object`]),
    ...(auc === null ? [] : [`ranks the object above the rest in ${percent(auc)} of the pairs of pixels`]),
  ]
  const id = entry.images.id[image] ?? ''
  return `${name} on ${id}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}
