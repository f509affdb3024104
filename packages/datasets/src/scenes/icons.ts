import type { Licence } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import { type Icon, iconSide, iconStride } from './icon.ts'
import { type Drawing, familyFile, type IconSet, readDrawings } from './icon-sets.ts'
import { classNames, distractorNames, hasIcon, type IconFamily, type IconName } from './vocabulary.ts'

/** What draws the icons; another version may draw them otherwise. */
export async function rendererVersions(): Promise<Readonly<Record<string, string | undefined>>> {
  const { rsvg, cairo, pixman } = (await import('sharp')).default.versions
  return { rsvg, cairo, pixman }
}

const documents = new Map<IconFamily, Promise<ReadonlyMap<IconName, string>>>()
const icons = new Map<string, Promise<Icon>>()

/** One icon, drawn at its first use and kept (66 KiB each, at most 511 of them). */
export function loadIcon(family: IconFamily, name: IconName): Promise<Icon> {
  return remember(icons, `${family}/${name}`, async () => {
    const svg = (await remember(documents, family, () => readFamily(family))).get(name)
    if (svg === undefined) throw new DatasetError(family, `expected an icon "${name}", got none`)
    return drawIcon(svg)
  })
}

function remember<K, V>(cache: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = cache.get(key)
  if (known) return known
  const made = make()
  cache.set(key, made)
  made.catch(() => cache.delete(key))
  return made
}

/** SVG documents of the icons that scenes use. */
async function readFamily(family: IconFamily): Promise<ReadonlyMap<IconName, string>> {
  const names = [...classNames, ...distractorNames].filter(name => hasIcon(family, name))
  const set = await readDrawings(family, names)
  return new Map(names.flatMap(name => (set.icons[name] ? [[name, toSvg(set, set.icons[name])]] : [])))
}

// An SVG keeps the proportions of its view box and centres it in width x height.
function toSvg(set: IconSet, drawing: Drawing): string {
  const { left = 0, top = 0, width = 16, height = 16, body } = { ...set, ...drawing }
  const namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
  const viewBox = [left, top, width, height].join(' ')
  return `<svg ${namespaces} viewBox="${viewBox}" width="${iconSide}" height="${iconSide}">${body}</svg>`
}

async function drawIcon(svg: string): Promise<Icon> {
  const edge = { top: 1, bottom: 1, left: 1, right: 1, background: { r: 0, g: 0, b: 0, alpha: 0 } }
  const { default: sharp } = await import('sharp')
  const pixels = await sharp(Buffer.from(svg)).ensureAlpha().extend(edge).raw().toBuffer()
  const expected = iconStride * iconStride * 4
  if (pixels.length !== expected) throw new DatasetError('icons', `expected ${expected} values, got ${pixels.length}`)
  return new Uint8Array(pixels)
}

/** Version of the family's package. */
export function familyVersion(family: IconFamily): string {
  const { version }: { version: string } = familyFile(family, 'package.json')
  return version
}

/** Author and licence as the family states them. */
export function familyLicence(family: IconFamily): Licence {
  const info: {
    name: string
    author: { name: string; url: string }
    license: { title: string; spdx: string; url: string }
  } = familyFile(family, 'info.json')
  const changes = 'Icons, changed in colour, size and angle'
  return { work: info.name, author: info.author.name, source: info.author.url, ...info.license, changes }
}
