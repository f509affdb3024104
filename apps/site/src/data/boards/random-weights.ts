import { type Protocol, staysAlike } from '@vitrine/metrics'
import { engineOf } from '@vitrine/records'
import { fixed, plural } from '../../shared/format.ts'
import { once } from '../load/once.ts'
import type { Entry } from '../load/records.ts'

const KEY = 'randomisation.predicted.random-model-similarity'

/** A method that fails the randomisation gate. */
export interface StaysAlike {
  readonly words: string
  /** The record that shows it. */
  readonly record: Entry
}

/** The records that were measured with random weights: few of all, which are asked for every row of every board. */
const telling = once((entries: readonly Entry[]) =>
  entries.filter(({ values }) => values.get(KEY)?.some(value => value !== null)),
)

/** Whether two records are of the same method, model and engine, whatever the protocol and the images. */
const sameMethod = (a: Entry, b: Entry): boolean =>
  a.row === b.row &&
  a.method.version === b.method.version &&
  a.method.code === b.method.code &&
  a.model.hash === b.model.hash &&
  engineOf(a) === engineOf(b)

/**
 * Whether a method's maps stay alike when the weights are random, by the record that tells it: of the same images where there is one, else of the
 * most images. `null` where no record tells it, or the method passes.
 */
export function staysAlikeAtRandom(entry: Entry, entries: readonly Entry[]): StaysAlike | null {
  if (entry.ceiling) return null
  const [record] = telling(entries)
    .filter(other => sameMethod(other, entry))
    .toSorted(
      (a, b) =>
        Number(b.dataset.hash === entry.dataset.hash) - Number(a.dataset.hash === entry.dataset.hash) ||
        b.images.index.length - a.images.index.length,
    )
  const rules = (record?.protocol.choices as Partial<Protocol> | undefined)?.randomisation
  const found = rules && staysAlike(rules, record?.values.get(KEY) ?? [])
  if (!record || !found?.fails) return null
  return {
    words: `Its maps stay alike when the weights are random: Spearman ${fixed(found.similarity, 2)}, ${plural(found.images, 'image')} of ${record.dataset.id}`,
    record,
  }
}
