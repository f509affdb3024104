import { type Dataset, SampleError } from '@vitrine/datasets'
import type { Model } from '@vitrine/models'
import { UsageError } from '../cli/arguments.ts'

/**
 * The dataset with the model's class indices as its labels. Where all of its classes have names that the model knows, the names decide, so
 * that a folder of a few classes will do; otherwise both must have as many classes, in the same order.
 *
 * @throws {UsageError} for a dataset whose labels mean nothing to the model
 */
export function withClassesOf(model: Model, dataset: Dataset): Dataset {
  const labels = labelsByName(dataset.classNames, model.classNames)
  if (labels === undefined) {
    if (dataset.classNames.length === model.classNames.length) return dataset
    throw new UsageError(
      `${dataset.id} has ${describe(dataset.classNames)} and ${model.id} has ${describe(model.classNames)}: expected names that the model knows, or as many classes in the same order. Take a model that was trained on these classes, or name the folders as the model names its classes.`,
    )
  }
  if (labels.every((label, i) => label === i)) return dataset
  const translate = (label: number) => labels[label] ?? -1
  return {
    ...dataset,
    classNames: model.classNames,
    async sample(index) {
      try {
        const { objects, label, ...rest } = await dataset.sample(index)
        return {
          ...rest,
          label: translate(label),
          objects: objects.map(object => ({ ...object, label: translate(object.label) })),
        }
      } catch (error) {
        if (!(error instanceof SampleError)) throw error
        throw new SampleError(error.id, translate(error.label), error.problem, { cause: error.cause })
      }
    },
  }
}

/** For each name, its place among the known ones; `undefined` unless all are known and no name means two classes. */
function labelsByName(names: readonly string[], known: readonly string[]): number[] | undefined {
  const places = new Map(known.map((name, i) => [name.toLowerCase(), i]))
  const found = names.flatMap(name => places.get(name.toLowerCase()) ?? [])
  return found.length === names.length && new Set(found).size === names.length && places.size === known.length
    ? found
    : undefined
}

const describe = (names: readonly string[]): string =>
  `${names.length} classes (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`
