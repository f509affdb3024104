import classes from '../assets/imagenet-1k.json' with { type: 'json' }
import { DatasetError } from './errors.ts'
import { shortList } from './files.ts'

/** Synsets of the 1,000 classes of ILSVRC 2012, sorted: their order is that of every ImageNet-1k model. */
const imageNetSynsets: readonly string[] = Object.keys(classes)

/** Their names, in the same order: synonyms separated by commas. */
export const imageNetClassNames: readonly string[] = Object.values(classes)

/** The classes of a tree and how its folders or annotations name them. */
export interface ClassList {
  readonly classNames: readonly string[]
  /** The label of a folder or of a name in an annotation; `undefined` for what is no class of the dataset. */
  labelOf(key: string): number | undefined
}

/** Classes in the order given, named by their keys. */
export function classList(keys: readonly string[], classNames: readonly string[] = keys): ClassList {
  const labels = new Map(keys.map((key, label) => [key, label]))
  return { classNames, labelOf: key => labels.get(key) }
}

/**
 * Synsets of ImageNet name its 1,000 classes even if a tree has few of them, so that labels are those of ImageNet models; other names
 * are classes of their own, in sorted order. A mixture of both is a `DatasetError`, for a stray folder would shift every label.
 */
export function classesOf(subject: string, keys: readonly string[]): ClassList {
  const own = [...new Set(keys)].sort()
  const known = new Set(imageNetSynsets)
  const others = own.filter(key => !known.has(key))
  if (others.length === 0) return classList(imageNetSynsets, imageNetClassNames)
  if (others.length === own.length) return classList(own)
  throw new DatasetError(
    subject,
    `expected synsets of ImageNet's 1,000 classes, or none of them, got ${own.length - others.length} of them and ${shortList(others)}`,
  )
}
