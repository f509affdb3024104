import { type Dataset, SampleError } from '@vitrine/datasets'
import type { Model } from '@vitrine/models'
import { UsageError } from '../cli/arguments.ts'
import { tell } from '../cli/terminal.ts'
import { type ClassIndex, classIndex, namesOf } from './class-names.ts'

/**
 * The dataset with the model's class indices as its labels.
 *
 * - Names decide where the model knows one class for each of the dataset's: any of its synonyms, a synset, or a number as an index. So a folder
 *   of a few classes will do, whatever the model calls its other classes.
 * - So will data of more classes than the model's, if all of the model's are among them: ten of ImageNet's. Samples of the others cannot be read.
 * - As many classes in the same order will do too, unless a name that the model knows says that the order is another.
 *
 * @throws {UsageError} for a dataset whose labels mean nothing, or more than one thing, to the model
 */
export function withClassesOf(model: Model, dataset: Dataset): Dataset {
  const { classNames } = model
  const known = classIndex(classNames)
  const found = dataset.classNames.map((name, i) => known.like(name, dataset.classes?.[i]))
  const sameOrder = found.length === classNames.length && agreesWithOrder(found)
  if (sameOrder) return dataset
  const labels = found.map(places => (places.length === 1 ? places[0] : undefined))
  const sure = labels.filter(label => label !== undefined)
  const all = sure.length === labels.length
  // A number beyond the model's classes is a mistake, and no class that the model happens not to know.
  const allOfModel =
    sure.length === classNames.length && !labels.some((l, i) => l === undefined && isNumber(dataset, i))
  if (!(all || allOfModel) || new Set(sure).size < sure.length)
    throw new UsageError(problemOf(model, dataset, found, known))
  return {
    ...dataset,
    classNames,
    classes: classNames.map((name, index) => ({ index, names: namesOf(name) })),
    async sample(index) {
      const { objects, label, ...sample } = await dataset.sample(index).catch((error: unknown) => {
        if (!(error instanceof SampleError)) throw error
        throw new SampleError(error.id, labels[error.label] ?? -1, error.problem, { cause: error.cause })
      })
      const own = labels[label]
      if (own === undefined) {
        const problem = `its class, ${dataset.classNames[label]}, is none of the ${classNames.length} of ${model.id}`
        throw new SampleError(sample.id, -1, problem)
      }
      const known = objects.flatMap(object => {
        const label = labels[object.label]
        return label === undefined ? [] : [{ ...object, label }]
      })
      return { ...sample, label: own, objects: known }
    },
  }
}

/** Whether no name says that a class is elsewhere. A synonym that leads to a class which is at its own place, by another name, says nothing. */
function agreesWithOrder(found: readonly (readonly number[])[]): boolean {
  const inPlace = found.map((places, i) => places.includes(i))
  return found.every((places, i) => inPlace[i] || places.every(place => inPlace[place]))
}

const isNumber = ({ classNames }: Dataset, label: number): boolean => /^\d+$/.test(classNames[label] ?? '')

/** Why the classes of a dataset are not told by the model's names, and what to do. */
function problemOf(
  model: Model,
  { id, classNames }: Dataset,
  found: readonly (readonly number[])[],
  known: ClassIndex,
): string {
  const meanings = classNames.map((name, i) => ({ name, places: found[i] ?? [] }))
  const several = meanings.filter(({ places }) => places.length > 1)
  const one = meanings.filter(({ places }) => places.length === 1)
  const twice = [...Map.groupBy(one, ({ places }) => places[0] ?? 0)].filter(([, same]) => same.length > 1)
  const unknown = meanings.filter(({ places }) => places.length === 0)
  const problems = [
    ...firstFew(several, ({ name, places }) => `"${name}" may be ${places.map(known.describe).join(' or ')}`),
    ...firstFew(
      twice,
      ([place, same]) => `${same.map(({ name }) => `"${name}"`).join(' and ')} are both ${known.describe(place)}`,
    ),
    ...(one.length > 0
      ? firstFew(unknown, ({ name }) => `"${name}" is ${/^\d+$/.test(name) ? 'no index' : 'no name'} of its classes`)
      : []),
  ]
  const remedy =
    several.length > 0 && unknown.length === 0
      ? 'Name all folders by the indices of the classes, such as 134, or the ambiguous ones by their full names'
      : 'Take a model that was trained on these classes, or name the folders as the model names its classes, or by their indices'
  return `${id} has ${describe(classNames)} and ${model.id} has ${describe(model.classNames)}: expected names that the model knows, or as many classes in the same order.${problems.map(text => ` ${text}.`).join('')} ${remedy}.`
}

const FEW = 3

function firstFew<T>(items: readonly T[], text: (item: T) => string): string[] {
  const more = items.length > FEW ? ` (and ${items.length - FEW} more such)` : ''
  return items.slice(0, FEW).map((item, i) => `${text(item)}${i === FEW - 1 ? more : ''}`)
}

const describe = (names: readonly string[]): string =>
  `${names.length} classes (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`

/** Tells on stderr what was left out of a dataset when it was opened, and what was assumed of it. */
export function tellNotes({ id, notes = [] }: Pick<Dataset, 'id' | 'notes'>): void {
  for (const note of notes) tell(`${id}: ${note}`)
}
