import { plural, significant } from '../../shared/format.ts'
import type { Entry } from '../load/records.ts'

/** Whether somebody else has measured a record again, and what came of it. */
export interface Checked {
  readonly word: 'verified' | 'refuted' | 'unverified'
  readonly title: string
}

export function checkedOf({ verdict }: Pick<Entry, 'verdict'>): Checked {
  if (!verdict) return { word: 'unverified', title: 'No verdict is published: nobody but its author has measured it' }
  const { images, of, date, machine, largest } = verdict
  const farthest =
    largest === null ? 'something is no longer there' : `the farthest number is off by ${significant(largest)}`
  return {
    word: verdict.verdict,
    title: `${images} of ${plural(of, 'image')} measured again on ${date} on ${machine.cpu}, ${machine.os}: ${farthest}`,
  }
}
