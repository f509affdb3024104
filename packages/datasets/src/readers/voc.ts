import { join } from 'node:path'
import { type ClassList, classList } from '../classes.ts'
import { asCode, defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { firstFolder, foldersIn, imagesIn, isBelow, stemOf } from '../files.ts'
import { fingerprint } from '../fingerprint.ts'
import { type AnnotatedObject, areaOf, unit } from '../fit.ts'
import { type Annotation, readAnnotation } from '../formats/annotation-xml.ts'
import { decodeImage } from '../formats/decode.ts'
import { isFile, isFolder, readText } from '../formats/file.ts'
import { readIndexMask } from '../formats/index-mask.ts'
import { maskObject, maskOf } from '../mask.ts'
import { problemOf, shortList, shown } from '../printable.ts'
import { type Tally, tally } from '../tally.ts'

const vocClasses = [
  ...['aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow', 'diningtable', 'dog'],
  ...['horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
]

/** Objects of VOC's person layout, which are parts of a person and no class. */
const parts = ['head', 'hand', 'foot']

/** Where a tree of other classes lists them, a name a line, in the order of the numbers in its masks. */
const classFiles = ['labels.txt', 'classes.txt', 'class_names.txt', 'labelmap.txt']

interface Image extends Entry {
  /** In the folder of images. */
  readonly file: string
}

export default defineDataset({
  kind: 'voc',
  name: 'Pascal VOC',
  root: 'folder',
  split: { usual: 'Main/val', words: 'a list in `ImageSets`; of `Segmentation/…`, masks are read too' },
  reads: [
    [
      '`ImageSets/Main/val.txt`',
      'names of images, one a line; of a list with 1, 0 and -1 behind the names, those with 1; without a folder `ImageSets`, all pictures',
    ],
    ['`JPEGImages/NAME.jpg`', 'pictures, of any ending'],
    ['`Annotations/NAME.xml`', 'objects and boxes'],
    [
      '`SegmentationClass/NAME.png`',
      "masks: the numbers of a palette or of grey values, or VOC's colours; 0 is background, 255 undecided",
    ],
    [asCode(classFiles), "classes that are not VOC's, in the order of their numbers in masks; may be missing"],
  ],
  assumes: [
    'Boxes count pixels from 1 and include the last one. Where all edges of an annotation are from 0 to 1, they are shares of width and height.',
    'The label of an image is the class of its largest box.',
    "The classes are VOC's 20. If an annotation has an object of another name, the classes are all the names that were found, sorted, or those of the class list.",
    'An image without an object, or whose annotation cannot be read, is left out and named in the notes.',
    'Where a mask shows none of the classes of its annotation, the boxes count.',
  ],
  async open({ root, split: asked }) {
    const split = asked ?? 'Main/val'
    const images = firstFolder('voc', root, ['JPEGImages'])
    const annotations = firstFolder('voc', root, ['Annotations'])
    const masks = split.startsWith('Segmentation/') ? firstFolder('voc', root, ['SegmentationClass']) : undefined
    const told = tally()
    const unlisted = asked === undefined && !isFolder(join(root, 'ImageSets'))
    if (unlisted) told.say('there are no lists in ImageSets: all pictures are taken')
    const names = unlisted ? imagesIn(images).map(stemOf) : namesIn(root, split, told)
    const xml = (name: string) => `${name}.xml`
    const annotationOf = (name: string) => readAnnotation(join(annotations, xml(name)))
    const annotated = names.flatMap(name => {
      try {
        return [{ name, annotation: annotationOf(name) }]
      } catch (error) {
        told.leaveOut(
          'annotation that cannot be read',
          `${xml(name)}: ${problemOf(error instanceof DatasetError ? error.problem : error)}`,
        )
        return []
      }
    })
    const classes = classesIn(
      root,
      new Set(annotated.flatMap(({ annotation }) => annotation.objects.map(object => object.name))),
      told,
    )
    const files = new Map(imagesIn(images).map(file => [stemOf(file), file]))
    const entries = annotated.flatMap(({ name, annotation }): Image[] => {
      const label = largest(objectsOf(annotation, classes))
      if (label !== undefined) return [{ name, label, file: files.get(name) ?? `${name}.jpg` }]
      told.leaveOut('no object in the annotation', name)
      return []
    })
    if (masks && !classes.numbered)
      told.say(`masks are not read: no ${classFiles.join(' or ')} says which number in a mask is which class`)
    const hash = fingerprint('voc', 2)
      .facts(split, ...classes.classNames)
      .sizes(
        images,
        entries.map(({ file }) => file),
      )
      .contents(
        annotations,
        entries.map(({ name }) => xml(name)),
      )
    const png = (name: string) => `${name}.png`
    if (masks)
      hash.sizes(
        masks,
        entries.map(({ name }) => png(name)),
      )
    return fileDataset(root, {
      id: split === 'Main/val' ? 'voc' : `voc-${split.toLowerCase().replaceAll('/', '-')}`,
      name: `Pascal VOC, ${split}`,
      description: `${entries.length} photographs of ${classes.classNames.length} classes, with ${masks ? 'masks' : 'boxes'}; the label is the largest object's.`,
      classes,
      hash: hash.digest(),
      notes: told.notes,
      entries,
      async read({ name, file }) {
        const image = await decodeImage(join(images, file))
        const objects = objectsOf(annotationOf(name), classes)
        if (!masks || !classes.numbered) return { image, objects }
        const masked = await maskedObjects(join(masks, png(name)), objects, classes.classNames.length)
        if (masked.length > 0) return { image, objects: masked }
        return { image, objects, notes: ['mask without a class of the annotation, boxes taken'] }
      },
    })
  },
})

/** The names in a list. Of two columns the second is 1 for images that show a class, 0 for doubtful ones and -1 for others. */
function namesIn(root: string, split: string, told: Tally): string[] {
  if (!isBelow(split)) throw new DatasetError('voc', `expected a list in ImageSets, got ${shown(split)}`)
  const lists = join(root, 'ImageSets')
  const file = join(lists, `${split}.txt`)
  if (!isFile(file))
    throw new DatasetError(
      'voc',
      `expected the file ${file}, but ImageSets holds ${shortList(isFolder(lists) ? foldersIn(lists) : [])}. Another list is asked for with ?split=Main/NAME`,
    )
  return readText(file, 'table')
    .split(/\r?\n/)
    .flatMap(line => {
      const [word = '', sign = '1'] = line.trim().split(/\s+/)
      const name = word.replace(/\.(jpe?g|png)$/i, '')
      if (name === '' || sign !== '1') return []
      if (isBelow(name)) return [name]
      told.leaveOut('name that leads out of the folder of images', shown(name))
      return []
    })
}

interface VocClasses extends ClassList {
  /** Whether the label plus one is the class's number in masks. */
  readonly numbered: boolean
}

function classesIn(root: string, found: ReadonlySet<string>, told: Tally): VocClasses {
  const names = [...found].filter(name => !parts.includes(name)).sort()
  const others = names.filter(name => !vocClasses.includes(name))
  const list = classFiles.find(file => isFile(join(root, file)))
  if (list !== undefined) {
    const listed = readText(join(root, list), 'table')
      .split(/\r?\n/)
      // CVAT writes name:colour:parts:actions.
      .flatMap(line => (line.startsWith('#') ? [] : [line.split(':')[0]?.trim() ?? '']))
      .filter(name => name !== '' && !/^_*(background|ignore)_*$/i.test(name))
    const strangers = names.filter(name => !listed.includes(name))
    for (const name of strangers) told.leaveOut(`object of a class that ${list} does not have`, name)
    return { ...classList([...new Set(listed)]), numbered: true }
  }
  if (others.length === 0) return { ...classList(vocClasses), numbered: true }
  told.say(
    `classes are the names in the annotations, for not all are VOC's: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`,
  )
  return { ...classList(names), numbered: false }
}

/** VOC counts pixels from 1 and includes the last one; shares of width and height do not. */
const objectsOf = ({ objects, size, shares }: Annotation, classes: ClassList): AnnotatedObject[] =>
  objects.flatMap(({ name, box: [xmin, ymin, xmax, ymax] }): AnnotatedObject[] => {
    const label = classes.labelOf(name)
    if (label === undefined) return []
    if (shares) return [{ label, box: [xmin, ymin, xmax, ymax], size: unit }]
    return [{ label, box: [xmin - 1, ymin - 1, xmax, ymax], ...(size && { size }) }]
  })

const largest = (objects: readonly AnnotatedObject[]): number | undefined =>
  objects.reduce<AnnotatedObject | undefined>(
    (most, o) => (most && areaOf(most.box) >= areaOf(o.box) ? most : o),
    undefined,
  )?.label

/** One object for each class of the annotation, with all of its pixels in the mask. */
async function maskedObjects(
  file: string,
  objects: readonly AnnotatedObject[],
  highest: number,
): Promise<AnnotatedObject[]> {
  const { data, ...size } = await readIndexMask(file, highest)
  return [...new Set(objects.map(({ label }) => label))].flatMap(label =>
    maskObject(
      label,
      maskOf(size, p => data[p] === label + 1),
      size,
    ).map(object => ({ ...object, size })),
  )
}
