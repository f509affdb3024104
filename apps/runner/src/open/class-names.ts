import { type ClassIdentity, normalName } from '@vitrine/datasets'

/** The names of a class, each in the form in which names are compared: of `tench, Tinca tinca` the whole, `tench` and `tinca tinca`. */
export const namesOf = (name: string): string[] =>
  [...new Set([name, ...name.split(',')].map(normalName))].filter(Boolean)

/** A model's classes by what they may be called. */
export interface ClassIndex {
  /** The classes that a name may mean: those that are called so in full or, if there is none, those that have it among their synonyms. */
  named(name: string): readonly number[]
  /** The classes that a dataset's class may be, by its names, its synset or its number. */
  like(name: string, identity: ClassIdentity | undefined): readonly number[]
  /** A class for a message: `134 (crane)`. */
  describe(index: number): string
}

export function classIndex(classNames: readonly string[]): ClassIndex {
  const whole = placesOf(classNames.map(name => [normalName(name)]))
  const single = placesOf(classNames.map(namesOf))
  const named = (name: string) => whole.get(normalName(name)) ?? single.get(normalName(name)) ?? []
  return {
    named,
    like(name, identity) {
      const full = whole.get(normalName(name))
      if (full) return full
      const { names = namesOf(name), synset, index } = identity ?? {}
      // A model may know its classes by synsets, `n01440764` or `n01440764 tench`.
      const asked = synset === undefined ? names : [synset, ...names]
      const found = new Set(asked.flatMap(named))
      if (found.size > 0) return [...found]
      // A folder with a number for its name is an index of the model. A synset's is one of ImageNet's, and the model may be another.
      const own = synset === undefined ? (index ?? numberOf(name)) : undefined
      return own !== undefined && own < classNames.length ? [own] : []
    },
    describe: index => `${index} (${classNames[index]})`,
  }
}

const numberOf = (name: string): number | undefined => (/^\d+$/.test(name) ? Number(name) : undefined)

/** Where each name stands in the lists of names. */
function placesOf(lists: readonly (readonly string[])[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>()
  lists.forEach((names, place) => {
    for (const name of new Set(names)) places.set(name, [...(places.get(name) ?? []), place])
  })
  return places
}
