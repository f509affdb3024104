import { basename, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { Box } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import {
  fileDataset,
  fingerprint,
  foldersIn,
  imagesIn,
  inTurns,
  isFile,
  isFolder,
  type Reader,
  readText,
} from '../files.ts'
import { decodeImage } from '../formats/decode.ts'
import { classesOf } from '../imagenet.ts'

/**
 * Images in folders named by their classes. Boxes, where there are any, stand in `boxes.csv` beside the folders, a row per object:
 * `file,xmin,ymin,xmax,ymax`, the file as `class/name.jpg`. Classes take turns in the order.
 */
export const folder: Reader = async ({ root }) => {
  const classes = isFolder(root) ? foldersIn(root) : []
  if (classes.length === 0)
    throw new DatasetError('folder', `expected folders named by class, with images in them, in ${root}, found none`)
  const { classNames, labelOf } = classesOf('folder', classes)
  const entries = inTurns(
    classes.map(name =>
      imagesIn(join(root, name)).map(file => ({ name: `${name}/${file}`, label: labelOf(name) ?? -1 })),
    ),
  )
  const table = join(root, 'boxes.csv')
  const boxes = isFile(table) ? readBoxes(table, new Set(entries.map(({ name }) => name))) : undefined
  const id = `folder-${basename(root).replace(/[^\w.-]+/g, '-')}`
  const facts = {
    id,
    name: basename(root),
    description: `${entries.length} images of ${classes.length} classes, ${boxes ? 'with boxes' : 'without boxes'}.`,
    classNames,
    hash: fingerprint('folder', 1)
      .facts(...classNames)
      .sizes(
        root,
        entries.map(({ name }) => name),
      )
      .contents(root, ['boxes.csv'])
      .digest(),
  }
  return fileDataset(root, facts, entries, async ({ name, label }) => ({
    image: await decodeImage(join(root, name)),
    objects: (boxes?.get(name) ?? []).map(box => ({ label, box })),
  }))
}

function readBoxes(table: string, files: ReadonlySet<string>): ReadonlyMap<string, readonly Box[]> {
  const rows: Record<string, string>[] = parse(readText('folder', table), { columns: true, trim: true })
  const boxes = new Map<string, Box[]>()
  for (const [i, row] of rows.entries()) {
    const [xmin = Number.NaN, ymin = Number.NaN, xmax = Number.NaN, ymax = Number.NaN] = [
      'xmin',
      'ymin',
      'xmax',
      'ymax',
    ].map(edge => Number.parseFloat(row[edge] ?? ''))
    const file = row.file ?? ''
    if (!files.has(file) || [xmin, ymin, xmax, ymax].some(Number.isNaN))
      throw new DatasetError(
        'folder',
        `${table}, row ${i + 1}: expected file,xmin,ymin,xmax,ymax with an image such as class/name.jpg, got ${JSON.stringify(row)}`,
      )
    boxes.set(file, [...(boxes.get(file) ?? []), [xmin, ymin, xmax, ymax]])
  }
  return boxes
}
