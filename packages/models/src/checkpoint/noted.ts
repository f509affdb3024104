import type { Grid, Rgb } from '../architecture/config.ts'
import type { NormalisationWord, SpecOptions } from '../architecture/spec.ts'
import { ModelError } from '../errors.ts'
import { firstFew } from './checkpoint.ts'
import type { Notes } from './facts.ts'
import { type Fact, map } from './fields.ts'
import { sideOf } from './geometry.ts'
import { askedNormalisation, NORMALISATIONS, SAY_MEAN } from './published.ts'
import { otherCopies, type StateDict } from './state-dict.ts'

// What is noted of every model, whatever its architecture.

/** Which of several models was taken, and what else lies in the file. */
export function noteWeights(notes: Notes, weights: StateDict): void {
  const { choice, left } = weights
  const others = otherCopies(weights)
  const [other] = others
  const taken = choice.chosen.prefix.replace(/\.$/, '') || 'names without a prefix'
  if (other !== undefined)
    notes.add('weights', {
      value: taken,
      from: `one of ${others.length + 1} models in the file`,
      caution: `the file has ${others.length + 1} models, "${taken}" was taken; open it as FILE[weights=${other}] for ${others.length > 1 ? `another (${firstFew(others)})` : 'the other'}`,
    })
  if (left.length > 0) notes.add('left out', { value: firstFew(left, 3), from: 'no part of the classifier' })
}

export const inWords = ({ rows, columns }: Grid): string => `${rows} x ${columns}`

/** The scores of a model without a head. */
export const noteNumbers = (notes: Notes, size: number): number =>
  notes.add('scores', { value: size, from: 'there is no head: the numbers of the embedding' })

/** How many classes a head has: as it is said, else as many as are named, else as its weight shows. */
export const noteClasses = (
  notes: Notes,
  weights: StateDict,
  said: Fact<number> | undefined,
  names: Fact<readonly string[]> | undefined,
): number => notes.add('classes', said ?? map(names, list => list.length) ?? sideOf(weights, 'head.weight', 0))

export function noteClassNames(notes: Notes, names: Fact<readonly string[]> | undefined): void {
  notes.add('class names', {
    value: names ? firstFew(names.value, 3) : 'none',
    from: names?.from ?? 'no config.json names them; classes are asked for by index',
  })
}

/** How pixels are normalised: as it is asked for or said, else as the family's published models do, with a caution. */
export function noteNormalisation(
  notes: Notes,
  { dialect }: StateDict,
  said: Pick<SpecOptions, 'mean' | 'std'>,
  { family, normalisation }: { readonly family: string; readonly normalisation: NormalisationWord },
  mean: Fact<Rgb> | undefined,
  std: Fact<Rgb> | undefined,
): { readonly mean: Rgb; readonly std: Rgb } {
  const asked = askedNormalisation(said)
  if (asked)
    return {
      mean: notes.add('mean', { value: asked.mean, from: 'asked for' }),
      std: notes.add('std', { value: asked.std, from: 'asked for' }),
    }
  const fallback = NORMALISATIONS[normalisation]
  const from = `assumed: what most ${family} checkpoints were trained with`
  const own = dialect === 'torchvision' ? " (torchvision's own weights take FILE[mean=imagenet])" : ''
  const caution = `mean and std are assumed: add a preprocessor_config.json or config.json that says them, or open it as ${SAY_MEAN}${own}`
  return {
    mean: notes.add('mean', mean ?? { value: fallback.mean, from }),
    std: notes.add('std', { ...(std ?? { value: fallback.std, from }), ...(!(mean && std) && { caution }) }),
  }
}

/** Refuses weights that are not exactly those that a program asks for. */
export function checkParameters(weights: StateDict, expected: ReadonlyMap<string, readonly number[]>): void {
  for (const [name, shape] of expected) {
    const found = weights.arrays.get(name)?.shape
    if (!found) throw new ModelError(`${weights.name}: missing "${name}" [${shape.join(', ')}]`)
    if (found.join() !== shape.join())
      throw new ModelError(`${weights.name}: ${name}: expected [${shape.join(', ')}], got [${found.join(', ')}]`)
  }
  const surplus = [...weights.arrays.keys()].filter(name => !expected.has(name))
  if (surplus.length > 0)
    throw new ModelError(
      `${weights.name}: no place for ${firstFew(surplus)}: a ViT of this geometry has no such part, and what it computes is not known`,
    )
}
