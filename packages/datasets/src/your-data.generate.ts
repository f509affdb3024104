import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { MOST_CLASSES } from './classes.ts'
import { happenings } from './fit.ts'
import { MOST_POINTS } from './formats/coco-mask.ts'
import { imageFormats, MOST_PIXELS } from './formats/decode.ts'
import { mebibytes, mostBytes } from './formats/file.ts'
import { MOST_BYTES, MOST_ELEMENTS } from './formats/mat5.ts'
import { MOST_VALUES } from './formats/saved-heatmaps.ts'
import { readers } from './registry.ts'

const page = new URL('../../../docs/your-data.md', import.meta.url)

const count = (number: number): string => number.toLocaleString('en')

/** A table as the formatter writes it: columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, c) => Math.max(cell.length, ...rows.map(row => row[c]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** The parts of the page that follow from the code, by the names of their marks. */
const parts: Readonly<Record<string, () => string>> = {
  kinds: () =>
    readers
      .map(({ kind, name, root, split, reads, assumes }) =>
        [
          `### \`${kind}:${root === 'folder' ? 'ROOT' : 'FILE'}\`: ${name}`,
          table(['files', 'what they are read for'], reads),
          ...(split ? [`\`?split=\`: ${split.words}; \`${split.usual}\` if none is asked for.`] : []),
          assumes.map(sentence => `- ${sentence}`).join('\n'),
        ].join('\n\n'),
      )
      .join('\n\n'),
  notes: () =>
    Object.values(happenings)
      .map(words => `- ${words}`)
      .join('\n'),
  limits: () =>
    table(
      ['what', 'at most'],
      [
        ['pixels of a picture or a mask (where Pillow warns of a decompression bomb)', count(MOST_PIXELS)],
        ['formats of pictures, told by their first bytes', imageFormats.join(', ')],
        ['file of a picture', mebibytes(mostBytes.image)],
        ['table or list (`boxes.csv`, `LOC_val_solution.csv`, `val.txt`, `images.txt`)', mebibytes(mostBytes.table)],
        ['annotation of one picture in XML', mebibytes(mostBytes.annotation)],
        ["COCO's JSON", mebibytes(mostBytes.json)],
        ["points of an object's polygons", count(MOST_POINTS)],
        [
          '`meta.mat` of the development kit: file; variables after inflating; elements',
          `${mebibytes(mostBytes.matlab)}; ${mebibytes(MOST_BYTES)}; ${count(MOST_ELEMENTS)}`,
        ],
        ['values of a saved heatmap or its image in HDF5', count(MOST_VALUES)],
        ['folders named by numbers are class indices below', count(MOST_CLASSES)],
      ],
    ),
}

/** `docs/your-data.md` as it is, and with its generated parts as the readers make them. */
export function yourData(): { current: string; generated: string } {
  const current = readFileSync(page, 'utf8')
  const generated = Object.entries(parts).reduce(
    (text, [name, write]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->)[^]*?(<!-- /${name} -->)`),
        (_, start, end) => `${start}\n\n${write()}\n\n${end}`,
      ),
    current,
  )
  return { current, generated }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, yourData().generated)
