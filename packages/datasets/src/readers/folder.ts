import { basename, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { classesOf } from '../classes.ts'
import type { Box } from '../dataset.ts'
import { defineDataset } from '../define.ts'
import { DatasetError } from '../errors.ts'
import { type Entry, fileDataset } from '../file-dataset.ts'
import { foldersIn, imagesIn, inTurns, othersIn } from '../files.ts'
import { fingerprint } from '../fingerprint.ts'
import { type AnnotatedObject, unit } from '../fit.ts'
import { decodeImage } from '../formats/decode.ts'
import { isFile, readText } from '../formats/file.ts'
import { parseNumber } from '../numbers.ts'
import { printable, problemOf, shortList } from '../printable.ts'
import { tally } from '../tally.ts'

interface Image extends Entry {
  /** Below the root. */
  readonly file: string
}

export default defineDataset({
  kind: 'folder',
  name: 'Folders named by class',
  root: 'folder',
  reads: [
    ['`CLASS/NAME.jpg`', 'pictures; the folder names the class'],
    [
      '`boxes.csv`',
      'boxes, a row per object: `file,xmin,ymin,xmax,ymax`, the file as `CLASS/NAME.jpg`, and `width,height` of the annotated picture if it had another size; may be missing',
    ],
  ],
  assumes: [
    'Folders named by numbers are class indices (`10` comes after `9`, and a missing `4` shifts nothing), folders named by synsets are ImageNet classes, others are sorted by name.',
    'A folder without pictures is no class. It is named in the notes.',
    'Boxes count pixels from 0 and end behind the last one. If no number in `boxes.csv` is above 1, all are shares of width and height.',
    'Classes take turns in the order.',
  ],
  async open({ root }) {
    const told = tally()
    const byFolder = foldersIn(root).map(folder => ({ folder, files: imagesIn(join(root, folder)) }))
    const filled = byFolder.filter(({ files }) => files.length > 0)
    if (filled.length === 0)
      throw new DatasetError(
        'folder',
        `expected folders named by class, with images in them, in ${root}, found none${deeper(root, byFolder)}`,
      )
    for (const { folder, files } of byFolder) {
      if (files.length === 0) told.leaveOut('folder without pictures', folder)
      for (const other of othersIn(join(root, folder))) told.leaveOut('file that is no picture', `${folder}/${other}`)
    }
    for (const stray of imagesIn(root)) told.leaveOut('picture outside of the class folders', stray)
    const classes = classesOf(
      'folder',
      filled.map(({ folder }) => folder),
    )
    if (classes.classes.every(({ index, synset }) => index !== undefined && synset === undefined))
      told.say('folders named by numbers are taken as class indices')
    const entries = inTurns(
      filled.map(({ folder, files }) =>
        files.map((name): Image => {
          const file = `${folder}/${name}`
          return { name: file.normalize('NFC'), file, label: classes.labelOf(folder) ?? -1 }
        }),
      ),
    )
    const table = join(root, 'boxes.csv')
    const boxes = isFile(table) ? readBoxes(table, new Set(entries.map(({ name }) => name))) : undefined
    return fileDataset<Image>(root, {
      id: `folder-${basename(root).replace(/[^\w.-]+/g, '-')}`,
      name: basename(root),
      description: `${entries.length} images of ${filled.length} classes, ${boxes ? 'with boxes' : 'without boxes'}.`,
      classes,
      hash: fingerprint('folder', 2)
        .facts(...classes.classNames)
        .facts(...entries.map(({ label }) => label))
        .sizes(
          root,
          entries.map(({ file }) => file),
        )
        .contents(root, ['boxes.csv'])
        .digest(),
      notes: told.notes,
      entries,
      async read({ name, file, label }) {
        const objects = (boxes?.get(name) ?? []).map((box): AnnotatedObject => ({ ...box, label }))
        return { image: await decodeImage(join(root, file)), objects }
      },
    })
  },
})

/** Where a tree has pictures one level deeper, the advice to start there. */
function deeper(root: string, folders: readonly { readonly folder: string }[]): string {
  const found = folders.filter(({ folder }) =>
    foldersIn(join(root, folder)).some(inner => imagesIn(join(root, folder, inner)).length > 0),
  )
  const roots = found.map(({ folder }) => `folder:${join(root, folder)}`)
  return found.length > 0 ? `. They are one level deeper: take ${shortList(roots)}` : ''
}

const EDGES = ['xmin', 'ymin', 'xmax', 'ymax'] as const

function readBoxes(table: string, files: ReadonlySet<string>): ReadonlyMap<string, Omit<AnnotatedObject, 'label'>[]> {
  const parsed = rowsOf(table).map((row, i) => {
    const [xmin, ymin, xmax, ymax] = EDGES.map(edge => parseNumber(row[edge] ?? ''))
    const box: Box = [xmin ?? Number.NaN, ymin ?? Number.NaN, xmax ?? Number.NaN, ymax ?? Number.NaN]
    const file = (row.file ?? '').normalize('NFC')
    if (!files.has(file) || !box.every(Number.isFinite))
      throw new DatasetError(
        'folder',
        `${table}, row ${i + 1}: expected file,xmin,ymin,xmax,ymax with an image such as class/name.jpg and four numbers, got ${printable(JSON.stringify(row)).slice(0, 200)}`,
      )
    const size = { width: parseNumber(row.width ?? ''), height: parseNumber(row.height ?? '') }
    return { file, box, ...(size.width > 0 && size.height > 0 && { size }) }
  })
  const shares = parsed.every(({ box }) => box.every(edge => edge >= 0 && edge <= 1))
  const boxes = new Map<string, Omit<AnnotatedObject, 'label'>[]>()
  for (const { file, ...own } of parsed) {
    const found = boxes.get(file)
    const annotated = shares ? { box: own.box, size: unit } : own
    if (found) found.push(annotated)
    else boxes.set(file, [annotated])
  }
  return boxes
}

function rowsOf(table: string): Readonly<Record<string, string>>[] {
  try {
    return parse(readText(table, 'table'), {
      columns: true,
      trim: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      relax_column_count: true,
    })
  } catch (error) {
    if (error instanceof DatasetError) throw error
    throw new DatasetError('folder', `${table}: expected a table of comma-separated values: ${problemOf(error)}`, {
      cause: error,
    })
  }
}
