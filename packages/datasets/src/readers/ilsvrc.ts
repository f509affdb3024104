import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { classesOf } from '../classes.ts'
import { asCode, defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { firstFolder, foldersIn, imagesIn, stemOf } from '../files.ts'
import { fingerprint } from '../fingerprint.ts'
import { type AnnotatedObject, unit } from '../fit.ts'
import { readAnnotation } from '../formats/annotation-xml.ts'
import { decodeImage } from '../formats/decode.ts'
import { isFile, isFolder, readText } from '../formats/file.ts'
import { readMat5 } from '../formats/mat5.ts'
import { problemOf } from '../printable.ts'
import { type Tally, tally } from '../tally.ts'

interface Image extends Entry {
  /** Below the image folder. */
  readonly file: string
}

const IMAGES = ['Data/CLS-LOC/val', 'val']
const ANNOTATIONS = ['Annotations/CLS-LOC/val', 'Annotations/val']
/** Kaggle's archive has the images in this folder, and its tables beside it. */
const KAGGLE = 'ILSVRC'
const KIT = ['devkit/data', 'ILSVRC/devkit/data', 'ILSVRC2012_devkit_t12/data', 'data', '.']
const TRUTHS = ['ILSVRC2012_validation_ground_truth.txt', 'ILSVRC2015_clsloc_validation_ground_truth.txt']
const TABLE = 'LOC_val_solution.csv'

export default defineDataset({
  kind: 'ilsvrc',
  name: 'ILSVRC 2012 validation',
  root: 'folder',
  reads: [
    [
      asCode(IMAGES),
      `pictures, in folders named by synset or in this folder itself; all below \`${KAGGLE}\`, as in Kaggle's archive, will do`,
    ],
    [asCode(ANNOTATIONS), 'boxes, one XML file per picture'],
    [asCode([TABLE]), "labels of pictures without folders: Kaggle's table"],
    [
      `${asCode(TRUTHS)}, with \`map_clsloc.txt\` or \`meta.mat\``,
      `else the development kit, in ${asCode(KIT.slice(0, -1))} or the root`,
    ],
    ['the annotations', 'else the class of the first object'],
  ],
  assumes: [
    'The order is that of the file names, in which the classes of the original are mixed.',
    'Line n of the ground truth belongs to the picture with the number n in its name, so a part of the pictures will do.',
    'A picture without a label is left out and named in the notes.',
    'Boxes are used as the files have them, as the released code of the AGCAM study does: pixels from 0, ends exclusive.',
  ],
  async open({ root }) {
    const told = tally()
    const top = isFolder(join(root, KAGGLE, 'Data')) ? join(root, KAGGLE) : root
    const images = firstFolder('ilsvrc', top, IMAGES)
    const annotations = firstFolder('ilsvrc', top, ANNOTATIONS, `. Pictures without boxes are read as folder:${images}`)
    const folders = foldersIn(images).map(synset => ({ synset, files: imagesIn(join(images, synset)) }))
    const filled = folders.filter(({ files }) => files.length > 0)
    for (const { synset, files } of folders) if (files.length === 0) told.leaveOut('folder without pictures', synset)
    const found =
      filled.length > 0
        ? filled.flatMap(({ synset, files }) => files.map(file => ({ file: join(synset, file), synset })))
        : labelled(root, annotations, imagesIn(images), told)
    const classes = classesOf(
      'ilsvrc',
      found.map(({ synset }) => synset),
    )
    const entries = found
      .map(({ file, synset }): Image => ({ file, name: stemOf(file), label: classes.labelOf(synset) ?? -1 }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const xml = ({ name }: Entry) => `${name}.xml`
    return fileDataset(root, {
      id: 'ilsvrc',
      name: 'ILSVRC 2012 validation',
      description: `${entries.length} photographs of ${classes.classNames.length} classes, with the boxes of the labelled objects.`,
      classes,
      hash: fingerprint('ilsvrc', 2)
        .facts(...classes.classNames)
        .facts(...entries.map(({ label }) => label))
        .sizes(
          images,
          entries.map(({ file }) => file),
        )
        .contents(annotations, entries.map(xml))
        .digest(),
      notes: told.notes,
      entries,
      async read(entry) {
        const { objects, size, shares } = readAnnotation(join(annotations, xml(entry)))
        const annotated = shares ? unit : size
        return {
          image: await decodeImage(join(images, entry.file)),
          objects: objects.flatMap(({ name, box }): AnnotatedObject[] => {
            const label = classes.labelOf(name)
            return label === undefined ? [] : [{ label, box, ...(annotated && { size: annotated }) }]
          }),
        }
      },
    })
  },
})

/** Images of a flat folder with the synsets that the first of these knows: Kaggle's table, the development kit, the annotations. */
function labelled(root: string, annotations: string, files: readonly string[], told: Tally) {
  if (files.length === 0)
    throw new DatasetError('ilsvrc', `expected images, or folders named by synset, in the image folder of ${root}`)
  const synsetOf = fromTable(root) ?? fromKit(root, files.map(stemOf)) ?? fromAnnotations(annotations)
  return files.flatMap(file => {
    try {
      const synset = synsetOf(stemOf(file))
      if (synset !== undefined) return [{ file, synset }]
      told.leaveOut(`no label in ${TABLE}, the development kit or the annotations`, file)
    } catch (error) {
      told.leaveOut(
        'annotation that cannot be read',
        `${stemOf(file)}.xml: ${problemOf(error instanceof DatasetError ? error.problem : error)}`,
      )
    }
    return []
  })
}

type SynsetOf = (name: string) => string | undefined

/** `ImageId,PredictionString`, of which the second begins with the synset. */
function fromTable(root: string): SynsetOf | undefined {
  const file = join(root, TABLE)
  if (!isFile(file)) return undefined
  const text = readText(file, 'table')
  try {
    const rows: string[][] = parse(text, { from_line: 2, relax_column_count: true, skip_empty_lines: true })
    const synsets = new Map(rows.map(([name = '', objects = '']) => [name, objects.trim().split(' ')[0] || undefined]))
    return name => synsets.get(name)
  } catch (error) {
    throw new DatasetError(file, `expected a table of comma-separated values: ${problemOf(error)}`, { cause: error })
  }
}

/** A file of the development kit, wherever that lies. */
const kitFile = (root: string, file: string): string | undefined =>
  KIT.map(folder => join(root, folder, file)).find(isFile)

/** The n-th line of the ground truth is the number of the n-th image's class, which `map_clsloc.txt`, or the kit's `meta.mat`, translates. */
function fromKit(root: string, sortedNames: readonly string[]): SynsetOf | undefined {
  const truth = TRUTHS.flatMap(name => kitFile(root, name) ?? [])[0]
  const synsets = truth && classesOfKit(root)
  if (!truth || !synsets) return undefined
  const numbers = linesOf(truth).map(Number)
  const own = sortedNames.map(name => Number(/_(\d{8})$/.exec(name)?.[1]))
  const named = own.every(number => number >= 1 && number <= numbers.length)
  if (!named && numbers.length !== sortedNames.length)
    throw new DatasetError(
      'ilsvrc',
      `${truth}: expected names such as ILSVRC2012_val_00000001, which number the lines, or ${sortedNames.length} lines, one per image; got ${numbers.length} lines`,
    )
  const lines = new Map(sortedNames.map((name, i) => [name, named ? (own[i] ?? 0) - 1 : i]))
  return name => synsets.get(numbers[lines.get(name) ?? -1] ?? -1)
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

const linesOf = (file: string): string[] => readText(file, 'table').trim().split(/\r?\n/)

const fromAnnotations =
  (annotations: string): SynsetOf =>
  name => {
    const file = join(annotations, `${name}.xml`)
    return isFile(file) ? readAnnotation(file).objects[0]?.name : undefined
  }
