import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import sharp, { type Sharp } from 'sharp'

/** A temporary folder with the given files, gone after the tests. */
export function tree(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'vitrine-datasets-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  addFiles(root, files)
  return root
}

export function addFiles(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), contents)
  }
}

/** An image in which every pixel differs from its neighbours. */
export function pattern(width: number, height: number): Sharp {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37 + (i % 7) * 11) % 256)
  return sharp(data, { raw: { width, height, channels: 3 } })
}

export const jpeg = (width: number, height: number): Promise<Buffer> => pattern(width, height).jpeg().toBuffer()

/** A PNG of the given colours, `[row][column]` as `0xrrggbb`. */
export function painted(rows: readonly (readonly number[])[]): Promise<Buffer> {
  const data = Uint8Array.from(rows.flat().flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return sharp(data, { raw: { width: rows[0]?.length ?? 0, height: rows.length, channels: 3 } })
    .png()
    .toBuffer()
}

/** An annotation in Pascal VOC's XML. */
export const annotation = (...objects: readonly (readonly [name: string, ...box: readonly number[]])[]): string =>
  `<annotation>${objects
    .map(([name, xmin, ymin, xmax, ymax]) => {
      const box = `<xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax>`
      return `<object><name>${name}</name><bndbox>${box}</bndbox></object>`
    })
    .join('')}</annotation>`
