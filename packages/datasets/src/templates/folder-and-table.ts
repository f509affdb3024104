import { join } from 'node:path'
import {
  classesOf,
  decodeImage,
  defineDataset,
  type Entry,
  fileDataset,
  fingerprint,
  firstFolder,
  imagesIn,
  readText,
  tally,
} from '@vitrine/datasets'

/** A picture and what `labels.csv` says of it: `file,class,xmin,ymin,xmax,ymax`. */
interface Picture extends Entry {
  readonly file: string
  readonly box: readonly [number, number, number, number]
}

/** Say here where the data come from and how they lie. This one: pictures in `images`, and a table with a class and a box for each. */
export default defineDataset({
  kind: 'my-dataset',
  name: 'My dataset',
  root: 'folder',
  reads: [
    ['`images/NAME.jpg`', 'pictures'],
    ['`labels.csv`', 'a row per picture: `file,class,xmin,ymin,xmax,ymax`'],
  ],
  assumes: ['Boxes count pixels from 0 and end behind the last one.'],
  async open({ root }) {
    const told = tally()
    const images = firstFolder('my-dataset', root, ['images'])
    const there = new Set(imagesIn(images))
    const [, ...lines] = readText(join(root, 'labels.csv'), 'table').trim().split(/\r?\n/)
    const rows = lines.map(line => line.split(','))
    const classes = classesOf(
      'my-dataset',
      rows.map(([, name = '']) => name),
    )
    const entries = rows.flatMap(([file = '', name = '', ...edges]): Picture[] => {
      const [xmin = Number.NaN, ymin = Number.NaN, xmax = Number.NaN, ymax = Number.NaN] = edges.map(Number)
      const label = classes.labelOf(name)
      if (label !== undefined && there.has(file)) return [{ name: file, file, label, box: [xmin, ymin, xmax, ymax] }]
      told.leaveOut('picture that is not there', file)
      return []
    })
    return fileDataset<Picture>(root, {
      id: 'my-dataset',
      name: 'My dataset',
      description: `${entries.length} pictures with boxes.`,
      classes,
      hash: fingerprint('my-dataset', 1)
        .contents(root, ['labels.csv'])
        .sizes(
          images,
          entries.map(({ file }) => file),
        )
        .digest(),
      notes: told.notes,
      entries,
      // An object may have a mask as well, and a size where it was annotated for a picture of another size.
      read: async ({ file, label, box }) => ({
        image: await decodeImage(join(images, file)),
        objects: [{ label, box }],
      }),
    })
  },
})
