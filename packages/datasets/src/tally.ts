import { printable, shortList } from './printable.ts'

/** Counts what a reader leaves out, with a few of the names, so that nothing is lost in silence. */
export interface Tally {
  /** @param reason why, such as `no object in the annotation` */
  leaveOut(reason: string, name: string): void
  /** Something else that a user should know of how the data are taken. */
  say(note: string): void
  /** One sentence for each reason. */
  readonly notes: readonly string[]
}

export function tally(): Tally {
  const leftOut = new Map<string, string[]>()
  const said: string[] = []
  return {
    leaveOut(reason, name) {
      const names = leftOut.get(reason)
      if (names) names.push(name)
      else leftOut.set(reason, [name])
    },
    say: note => void said.push(note),
    get notes() {
      const reasons = [...leftOut].map(([reason, names]) => `left out ${names.length}: ${reason} (${shortList(names)})`)
      return [...said, ...reasons].map(printable)
    },
  }
}
