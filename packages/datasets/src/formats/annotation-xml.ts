import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { Box, Size } from '../dataset.ts'
import { DatasetError } from '../errors.ts'
import { parseNumber } from '../numbers.ts'
import { problemOf, shown } from '../printable.ts'
import { readText } from './file.ts'

const parser = new XMLParser({ parseTagValue: false, isArray: name => name === 'object' })

/** An object of an annotation in Pascal VOC's XML, which ILSVRC uses too: its class as the file names it, its box as the file has it. */
export interface NamedBox {
  readonly name: string
  readonly box: Box
}

export interface Annotation {
  readonly objects: readonly NamedBox[]
  /** Size of the picture that was annotated, where the file says it. */
  readonly size?: Size
  /** Whether boxes are shares of width and height: no edge is above 1, and one is no whole number. */
  readonly shares: boolean
}

/** The objects of an annotation. Throws a `DatasetError` if the file is missing or is no such annotation. */
export function readAnnotation(file: string): Annotation {
  const text = readText(file, 'annotation')
  try {
    return parseAnnotation(text)
  } catch (error) {
    throw new DatasetError(file, problemOf(error), { cause: error })
  }
}

export function parseAnnotation(text: string): Annotation {
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new Error(`expected an annotation in XML, got in line ${valid.err.line}: ${valid.err.msg}`)
  const root: unknown = parser.parse(text)
  const annotation = field(root, 'annotation')
  if (annotation === undefined) throw new Error('expected an <annotation>, found none')
  const objects = asList(field(annotation, 'object')).map((object): NamedBox => {
    const name = field(object, 'name')
    const edge = (which: string) => parseNumber(String(field(field(object, 'bndbox'), which)))
    const box: Box = [edge('xmin'), edge('ymin'), edge('xmax'), edge('ymax')]
    if (typeof name !== 'string' || box.some(Number.isNaN))
      throw new Error(
        `expected each <object> to have a <name> and a <bndbox> of numbers xmin, ymin, xmax, ymax, got ${shown(name)} and ${box.join(', ')}`,
      )
    return { name, box }
  })
  const length = (side: string) => parseNumber(String(field(field(annotation, 'size'), side)))
  const size = { width: length('width'), height: length('height') }
  const edges = objects.flatMap(({ box }) => box)
  return {
    objects,
    // Some tools write a size of 0 where they do not know it.
    ...(size.width > 0 && size.height > 0 && { size }),
    shares: edges.every(edge => edge >= 0 && edge <= 1) && !edges.every(Number.isInteger),
  }
}

const asList = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
