import type { Dataset } from './dataset.ts'
import { DatasetError } from './errors.ts'
import { isFile, isFolder } from './formats/file.ts'
import { problemOf } from './printable.ts'
import { splits } from './scenes/splits.ts'

/** Where a reader finds its files. */
export interface Source {
  /** Absolute path of a folder or a file. */
  readonly root: string
  /** The part of the dataset, as the dataset's own files call it; only for a kind that has `split`. */
  readonly split?: string
}

/** A kind of dataset in files: how it is named, what it reads, and the reader. */
export interface DatasetDefinition {
  /** What stands before the path: `voc` in `voc:ROOT`. Lower-case words joined by hyphens. */
  readonly kind: string
  readonly name: string
  /** What a path of this kind leads to. */
  readonly root: 'folder' | 'file'
  /** The parts that can be asked for with `?split=`, in words, and the usual one; without it there are none. */
  readonly split?: { readonly usual: string; readonly words: string }
  /** Which files are read, and for what; for the documentation, in Markdown. */
  readonly reads: readonly (readonly [files: string, what: string])[]
  /** What a user could take otherwise, each in a sentence; for the documentation, in Markdown. */
  readonly assumes: readonly string[]
  /** Reads the index and the labels, no image. Rejects with a `DatasetError` for files that are not as this kind wants them. */
  open(source: Source): Promise<Dataset>
}

/**
 * A kind of dataset, ready for `openDataset`. What its reader throws that is no `DatasetError` becomes one that names the path.
 *
 * @throws {DatasetError} for a kind that is no such name, or that of a bundled dataset
 *
 * @example
 * export default defineDataset({
 *   kind: 'my-dataset',
 *   name: 'My dataset',
 *   root: 'folder',
 *   reads: [['NAME.jpg', 'pictures']],
 *   assumes: [],
 *   async open({ root }) { return fileDataset(root, { … }) },
 * })
 */
export function defineDataset(definition: DatasetDefinition): DatasetDefinition {
  const { kind, root: expected, split } = definition
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(kind) || Object.hasOwn(splits, kind))
    throw new DatasetError(
      'defineDataset',
      `expected a kind of lower-case words joined by hyphens that is no bundled dataset, got "${kind}"`,
    )
  return {
    ...definition,
    async open(source) {
      if (expected === 'folder' ? !isFolder(source.root) : !isFile(source.root))
        throw new DatasetError(kind, `expected a ${expected}, but there is no such ${expected}: ${source.root}`)
      if (source.split !== undefined && split === undefined)
        throw new DatasetError(kind, `expected no split, for this kind has none, got "${source.split}"`)
      try {
        return await definition.open(source)
      } catch (error) {
        if (error instanceof DatasetError) throw error
        throw new DatasetError(kind, `${source.root} cannot be read: ${problemOf(error)}`, { cause: error })
      }
    },
  }
}

/** Names of files for the documentation. */
export const asCode = (names: readonly string[]): string => names.map(name => `\`${name}\``).join(', ')
