import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import type { DatasetExample } from '../conformance.ts'
import { annotation, jpeg, painted, tree } from './tree.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)

/** Replaces a piece of a text file. */
const edit = (file: string, from: string, to: string) => (root: string) => {
  const text = readFileSync(join(root, file), 'utf8')
  if (!text.includes(from)) throw new Error(`expected "${from}" in ${file}`)
  writeFileSync(join(root, file), text.replace(from, to))
}

const grey = (width: number, values: readonly number[]) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width, channels: 1 } })
    .png()
    .toBuffer()

/** Two synsets of ImageNet, the labels of which are 2 and 999 among all 1,000. */
const [shark, tissue] = ['n01484850', 'n15075141']

const cocoFile = 'annotations/instances_val2017.json'

/** Small data of each kind, made anew at each call. */
export const examples: Readonly<Record<string, () => Promise<DatasetExample>>> = {
  folder: async () => ({
    root: tree({
      'cat/a.jpg': await jpeg(6, 5),
      'cat/b.png': await painted([[0xff0000, 0x00ff00]]),
      'dog/a.jpg': await jpeg(8, 4),
      'boxes.csv': 'file,xmin,ymin,xmax,ymax\ncat/a.jpg,0,0,2,1\ndog/a.jpg,1,1,3,2\n',
    }),
    rebox: edit('boxes.csv', '1,1,3,2', '1,1,3,3'),
  }),
  ilsvrc: async () => ({
    root: tree({
      'val/ILSVRC2012_val_00000001.JPEG': await jpeg(8, 6),
      'val/ILSVRC2012_val_00000002.JPEG': await jpeg(5, 4),
      'Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml': annotation([tissue, 1, 2, 7, 5]),
      'Annotations/CLS-LOC/val/ILSVRC2012_val_00000002.xml': annotation([shark, 0, 0, 4, 3]),
      'LOC_val_solution.csv': `ImageId,PredictionString\nILSVRC2012_val_00000001,${tissue} 1 2 7 5\nILSVRC2012_val_00000002,${shark} 0 0 4 3\n`,
    }),
    relabel: edit('LOC_val_solution.csv', `00000002,${shark}`, `00000002,${tissue}`),
    rebox: edit('Annotations/CLS-LOC/val/ILSVRC2012_val_00000001.xml', '<xmax>7<', '<xmax>6<'),
  }),
  voc: async () => ({
    root: tree({
      'JPEGImages/2007_000001.jpg': await jpeg(4, 3),
      'JPEGImages/2007_000002.jpg': await jpeg(6, 5),
      'Annotations/2007_000001.xml': annotation(['cat', 1, 1, 4, 3], ['person', 2, 2, 2, 2]),
      'Annotations/2007_000002.xml': annotation(['aeroplane', 1, 1, 2, 2], ['tvmonitor', 1, 1, 6, 5]),
      'ImageSets/Segmentation/val.txt': '2007_000001\n2007_000002\n',
      'SegmentationClass/2007_000001.png': await grey(4, [...[0, 8, 8, 255], ...[0, 8, 15, 255], ...[0, 0, 0, 0]]),
      'SegmentationClass/2007_000002.png': await grey(6, [
        ...Array(12).fill(20),
        ...Array(12).fill(0),
        ...Array(6).fill(1),
      ]),
    }),
    split: 'Segmentation/val',
    relabel: edit('Annotations/2007_000001.xml', 'cat', 'dog'),
    rebox: edit('Annotations/2007_000001.xml', '<xmax>4<', '<xmax>3<'),
  }),
  cub: async () => ({
    root: tree({
      'images/001.Albatross/A_1.jpg': await jpeg(6, 4),
      'images/002.Auklet/B_1.jpg': await jpeg(6, 4),
      'images.txt': '1 001.Albatross/A_1.jpg\n2 002.Auklet/B_1.jpg\n',
      'classes.txt': '1 001.Albatross\n2 002.Auklet\n',
      'image_class_labels.txt': '1 1\n2 2\n',
      'bounding_boxes.txt': '1 0.0 0.0 2.0 2.0\n2 1.0 1.0 3.0 2.0\n',
      'train_test_split.txt': '1 0\n2 0\n',
    }),
    relabel: edit('image_class_labels.txt', '2 2', '2 1'),
    rebox: edit('bounding_boxes.txt', '3.0 2.0', '3.0 1.0'),
  }),
  coco: async () => ({
    root: tree({
      'val2017/000000000139.jpg': await jpeg(6, 5),
      'val2017/000000000285.jpg': await jpeg(6, 5),
      [cocoFile]: JSON.stringify({
        images: [
          { id: 139, file_name: '000000000139.jpg', width: 6, height: 5 },
          { id: 285, file_name: '000000000285.jpg', width: 6, height: 5 },
        ],
        categories: [
          { id: 1, name: 'person' },
          { id: 17, name: 'cat' },
        ],
        annotations: [
          { image_id: 139, category_id: 17, area: 6, bbox: [1, 1, 3, 2], segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]] },
          { image_id: 139, category_id: 1, bbox: [0, 0, 2, 2] },
          {
            image_id: 285,
            category_id: 1,
            bbox: [0, 1, 2, 3],
            segmentation: { counts: [1, 3, 2, 3, 21], size: [5, 6] },
          },
        ],
      }),
    }),
    relabel: edit(cocoFile, '"image_id":285,"category_id":1', '"image_id":285,"category_id":17'),
    rebox: edit(cocoFile, '[1,3,2,3,21]', '[1,3,2,4,20]'),
  }),
  'imagenet-s': async () => ({
    root: tree({
      [`validation/${shark}/ILSVRC2012_val_00000001.JPEG`]: await jpeg(3, 2),
      [`validation/${tissue}/ILSVRC2012_val_00000002.JPEG`]: await jpeg(3, 2),
      [`validation-segmentation/${shark}/ILSVRC2012_val_00000001.png`]: await painted([
        [0, 0x010000, 0xe80300],
        [0x010000, 0x010000, 0x020000],
      ]),
      [`validation-segmentation/${tissue}/ILSVRC2012_val_00000002.png`]: await painted([
        [0x020000, 0x020000, 0x020000],
        [0, 0, 0],
      ]),
    }),
  }),
  'imagenet-segmentation': async () => {
    const root = join(tree(), 'gtsegs.mat')
    cpSync(fileURLToPath(new URL('segmentation.mat', fixtures)), root)
    return { root }
  },
}
