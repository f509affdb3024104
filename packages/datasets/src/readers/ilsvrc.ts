import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { DatasetError } from '../errors.ts'
import {
  type Entry,
  fileDataset,
  fingerprint,
  firstFolder,
  foldersIn,
  imagesIn,
  isFile,
  type Reader,
  readText,
  shortList,
  stemOf,
} from '../files.ts'
import { parseAnnotation, readAnnotation } from '../formats/annotation-xml.ts'
import { decodeImage } from '../formats/decode.ts'
import { readMat5 } from '../formats/mat5.ts'
import { classesOf } from '../imagenet.ts'

interface Image extends Entry {
  /** Below the image folder. */
  readonly file: string
}

/**
 * ILSVRC's validation images, in folders named by synset or in one flat folder, with their boxes. The order is that of the file names,
 * in which the classes of the original are mixed.
 */
export const ilsvrc: Reader = async ({ root }) => {
  const images = firstFolder('ilsvrc', root, ['Data/CLS-LOC/val', 'val'])
  const annotations = firstFolder('ilsvrc', root, ['Annotations/CLS-LOC/val', 'Annotations/val'])
  const synsets = foldersIn(images)
  const found =
    synsets.length > 0
      ? synsets.flatMap(synset => imagesIn(join(images, synset)).map(file => ({ file: join(synset, file), synset })))
      : labelled(root, annotations, imagesIn(images))
  const { classNames, labelOf } = classesOf('ilsvrc', synsets.length > 0 ? synsets : found.map(({ synset }) => synset))
  const entries = found
    .map(({ file, synset }): Image => ({ file, name: stemOf(file), label: labelOf(synset) ?? -1 }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const xml = ({ name }: Entry) => `${name}.xml`
  const hash = fingerprint('ilsvrc', 1)
    .facts(...classNames)
    .facts(...entries.map(({ label }) => label))
    .sizes(
      images,
      entries.map(({ file }) => file),
    )
    .contents(annotations, entries.map(xml))
    .digest()
  const facts = {
    id: 'ilsvrc',
    name: 'ILSVRC 2012 validation',
    description: `${entries.length} photographs of ${classNames.length} classes, with the boxes of the labelled objects.`,
    classNames,
    hash,
  }
  return fileDataset(root, facts, entries, async entry => {
    const boxes = await readAnnotation(join(annotations, xml(entry)))
    const objects = boxes.flatMap(({ name, box }) => {
      const label = labelOf(name)
      return label === undefined ? [] : [{ label, box }]
    })
    return { image: await decodeImage(join(images, entry.file)), objects }
  })
}

/** Images of a flat folder with the synsets that the first of these knows: Kaggle's table, the development kit, the annotations. */
function labelled(root: string, annotations: string, files: readonly string[]): { file: string; synset: string }[] {
  if (files.length === 0)
    throw new DatasetError('ilsvrc', `expected images, or folders named by synset, in the image folder of ${root}`)
  const synsetOf = fromTable(root) ?? fromKit(root, files.map(stemOf)) ?? fromAnnotations(annotations)
  const found = files.map(file => ({ file, synset: synsetOf(stemOf(file)) }))
  const without = found.filter(({ synset }) => synset === undefined).map(({ file }) => file)
  if (without.length > 0)
    throw new DatasetError(
      'ilsvrc',
      `expected a label of every image from LOC_val_solution.csv, the development kit or the annotations, got none of ${shortList(without)}`,
    )
  return found.flatMap(({ file, synset }) => (synset === undefined ? [] : [{ file, synset }]))
}

type SynsetOf = (name: string) => string | undefined

/** `ImageId,PredictionString`, of which the second begins with the synset. */
function fromTable(root: string): SynsetOf | undefined {
  const file = join(root, 'LOC_val_solution.csv')
  if (!isFile(file)) return undefined
  const rows: string[][] = parse(readText('ilsvrc', file), { from_line: 2, relax_column_count: true })
  const synsets = new Map(rows.map(([name = '', objects = '']) => [name, objects.trim().split(' ')[0]]))
  return name => synsets.get(name)
}

const KIT_FOLDERS = ['devkit/data', 'ILSVRC/devkit/data', 'ILSVRC2012_devkit_t12/data', 'data', '.']

/** A file of the development kit, wherever that lies. */
const kitFile = (root: string, file: string): string | undefined =>
  KIT_FOLDERS.map(folder => join(root, folder, file)).find(isFile)

/** The n-th line of the ground truth is the number of the n-th image's class, which `map_clsloc.txt`, or the kit's `meta.mat`, translates. */
function fromKit(root: string, sortedNames: readonly string[]): SynsetOf | undefined {
  const truths = ['ILSVRC2012_validation_ground_truth.txt', 'ILSVRC2015_clsloc_validation_ground_truth.txt']
  const truth = truths.flatMap(name => kitFile(root, name) ?? [])[0]
  const synsets = truth && classesOfKit(root)
  if (!truth || !synsets) return undefined
  const numbers = linesOf(truth).map(Number)
  if (numbers.length !== sortedNames.length)
    throw new DatasetError(
      'ilsvrc',
      `${truth}: expected ${sortedNames.length} lines, one per image, got ${numbers.length}`,
    )
  const labels = new Map(sortedNames.map((name, i) => [name, synsets.get(numbers[i] ?? -1)]))
  return name => labels.get(name)
}

/** A class's synset by its number in the kit. */
function classesOfKit(root: string): ReadonlyMap<number, string> | undefined {
  const text = kitFile(root, 'map_clsloc.txt')
  if (text)
    return new Map(
      linesOf(text).map(line => {
        const [synset = '', number = ''] = line.split(/\s+/)
        return [Number(number), synset]
      }),
    )
  const matlab = kitFile(root, 'meta.mat')
  if (!matlab) return undefined
  const synsets = readMat5(matlab).get('synsets')
  if (!Array.isArray(synsets)) throw new DatasetError('ilsvrc', `${matlab}: expected an array of structures "synsets"`)
  return new Map(
    synsets.map(synset => {
      const { ILSVRC2012_ID: number, WNID: name } = synset
      if (!Array.isArray(number) || typeof number[0] !== 'number' || typeof name !== 'string')
        throw new DatasetError('ilsvrc', `${matlab}: expected a number ILSVRC2012_ID and a text WNID of every synset`)
      return [number[0], name]
    }),
  )
}

const linesOf = (file: string): string[] => readText('ilsvrc', file).trim().split(/\r?\n/)

const fromAnnotations =
  (annotations: string): SynsetOf =>
  name => {
    const file = join(annotations, `${name}.xml`)
    return isFile(file) ? parseAnnotation(readText('ilsvrc', file))[0]?.name : undefined
  }
