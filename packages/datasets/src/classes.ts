import classes from '../assets/imagenet-1k.json' with { type: 'json' }
import type { ClassIdentity } from './dataset.ts'
import { DatasetError } from './errors.ts'
import { shortList } from './printable.ts'

/** Synsets of the 1,000 classes of ILSVRC 2012, sorted: their order is that of every ImageNet-1k model. */
const imageNetSynsets: readonly string[] = Object.keys(classes)

/** Their names, in the same order: synonyms separated by commas. */
export const imageNetClassNames: readonly string[] = Object.values(classes)

/** The classes of a tree and how its folders or annotations name them. */
export interface ClassList {
  readonly classNames: readonly string[]
  readonly classes: readonly ClassIdentity[]
  /** The label of a folder or of a name in an annotation; `undefined` for what is no class of the dataset. */
  labelOf(key: string): number | undefined
}

/** A name of a class in the form in which names are compared: Unicode's composed form, lower case, single spaces instead of underscores. */
export const normalName = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_]+/g, ' ')
    .trim()

/** The names in a list of synonyms that are separated by commas. */
const synonymsOf = (name: string): string[] => [...new Set(name.split(',').map(normalName))].filter(Boolean)

/** Unicode writes some letters in two ways, and file systems choose either: keys are compared in the composed one. */
const composed = (key: string): string => key.normalize('NFC')

/** Classes in the order given, named by their keys. */
export function classList(
  keys: readonly string[],
  classNames: readonly string[] = keys.map(composed),
  identities: readonly ClassIdentity[] = classNames.map(name => ({ names: synonymsOf(name) })),
): ClassList {
  const labels = new Map(keys.map((key, label) => [composed(key), label]))
  return { classNames, classes: identities, labelOf: key => labels.get(composed(key)) }
}

/** Classes above this number are no indices of a model's classes but, say, years and days. */
export const MOST_CLASSES = 100_000

/**
 * What folders or annotations name classes by, all of them in one of three ways:
 * - synsets of ImageNet are its 1,000 classes, even if a tree has few of them, so that labels are those of ImageNet models;
 * - numbers below 100,000 are class indices, `10` after `9`: a tree with the folders 3 and 7 has eight classes, of which two have pictures;
 * - other names are classes of their own, in sorted order.
 *
 * @throws {DatasetError} for a mixture of synsets and other names: a stray folder would shift every label
 */
export function classesOf(subject: string, keys: readonly string[]): ClassList {
  const own = [...new Set(keys.map(composed))].sort()
  const known = new Set(imageNetSynsets)
  const others = own.filter(key => !known.has(key))
  if (others.length === 0 && own.length > 0) return imageNet
  if (others.length < own.length)
    throw new DatasetError(
      subject,
      `expected synsets of ImageNet's 1,000 classes, or none of them, got ${own.length - others.length} of them and ${shortList(others)}. Move the others elsewhere`,
    )
  const isIndex = (key: string) => /^\d+$/.test(key) && Number(key) < MOST_CLASSES
  return own.length > 0 && own.every(isIndex) ? numbered(subject, own) : classList(own)
}

const imageNet = classList(
  imageNetSynsets,
  imageNetClassNames,
  imageNetClassNames.map((name, index) => ({ index, synset: imageNetSynsets[index] ?? '', names: synonymsOf(name) })),
)

function numbered(subject: string, keys: readonly string[]): ClassList {
  const labels = new Map(keys.map(key => [key, Number(key)]))
  const twice = [...Map.groupBy(keys, Number).values()].find(same => same.length > 1)
  if (twice) throw new DatasetError(subject, `expected one folder for each class index, got ${twice.join(' and ')}`)
  const count = Math.max(...labels.values()) + 1
  const classNames = Array.from({ length: count }, (_, index) => String(index))
  const identities = classNames.map((name, index) => ({ index, names: [name] }))
  return { classNames, classes: identities, labelOf: key => labels.get(key) }
}
