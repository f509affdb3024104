import { basename } from 'node:path'
import type { ClassList } from './classes.ts'
import type { Dataset, RgbImage, Sample } from './dataset.ts'
import { DatasetError, expectInteger, SampleError } from './errors.ts'
import { type AnnotatedObject, fitObjects } from './fit.ts'
import { problemOf } from './printable.ts'

/** An image of the index. */
export interface Entry {
  /** Names the sample within its dataset. */
  readonly name: string
  /** Index into the dataset's class names. */
  readonly label: number
}

/** What a reader knows once it has read the index and the labels, and no image. */
export interface FileDataset<E extends Entry> extends Pick<Dataset, 'id' | 'name' | 'description' | 'hash' | 'notes'> {
  /** Works in the dataset by others, with their licences; none if the data do not say. */
  readonly licences?: Dataset['licences']
  readonly classes: ClassList
  readonly entries: readonly E[]
  /** Reads one sample. Objects may be as they were annotated: `fitObjects` brings them into the picture. */
  read(entry: E): Promise<{
    readonly image: RgbImage
    readonly objects: readonly AnnotatedObject[]
    readonly notes?: readonly string[]
  }>
}

/**
 * The dataset of an index: each sample is read when it is asked for, and what goes wrong then is that sample's `SampleError`, in one line
 * that names files below `root`, since it is published.
 *
 * @param root absolute path of the folder or file
 */
export function fileDataset<E extends Entry>(root: string, index: FileDataset<E>): Dataset {
  const { id, name, description, hash, licences = [], classes, read } = index
  const entries = [...new Map(index.entries.map(entry => [entry.name, entry])).values()]
  const again = index.entries.length - entries.length
  const notes = [...(index.notes ?? []), ...(again > 0 ? [`left out ${again}: image that is listed before`] : [])]
  if (entries.length === 0) throw new DatasetError(id, ['expected at least one image, found none', ...notes].join('; '))
  return {
    ...{ id, name, description, hash, notes, licences },
    size: entries.length,
    classNames: classes.classNames,
    classes: classes.classes,
    async sample(position): Promise<Sample> {
      expectInteger(id, 'an index', position, 0, entries.length - 1)
      const entry = entries[position] as E
      const sampleId = `${id}/${entry.name}`
      try {
        const { image, objects, notes: own = [] } = await read(entry)
        const fitted = fitObjects(objects, image)
        const all = [...own, ...fitted.notes]
        return {
          id: sampleId,
          image,
          label: entry.label,
          objects: fitted.objects,
          ...(all.length > 0 && { notes: all }),
        }
      } catch (error) {
        const problem = error instanceof DatasetError ? `${error.subject}: ${error.problem}` : problemOf(error)
        throw new SampleError(
          sampleId,
          entry.label,
          problem.replaceAll(`${root}/`, '').replaceAll(root, basename(root)),
          { cause: error },
        )
      }
    },
  }
}
