import { readFile } from 'node:fs/promises'
import { XMLParser } from 'fast-xml-parser'
import type { Box } from '../dataset.ts'

const parser = new XMLParser({ parseTagValue: false, isArray: name => name === 'object' })

/** An object of an annotation in Pascal VOC's XML, which ILSVRC uses too: its class as the file names it, its box as the file has it. */
export interface NamedBox {
  readonly name: string
  readonly box: Box
}

/** The objects of an annotation. Rejects if the file is missing or is no such annotation. */
export const readAnnotation = async (file: string): Promise<NamedBox[]> => parseAnnotation(await readFile(file, 'utf8'))

export function parseAnnotation(text: string): NamedBox[] {
  const root: unknown = parser.parse(text, true)
  const annotation = field(root, 'annotation')
  if (annotation === undefined) throw new Error('expected an <annotation>')
  const objects = field(annotation, 'object') ?? []
  return (Array.isArray(objects) ? objects : [objects]).map(object => {
    const name = field(object, 'name')
    const edges = ['xmin', 'ymin', 'xmax', 'ymax'].map(edge =>
      Number.parseFloat(String(field(field(object, 'bndbox'), edge))),
    )
    const [xmin, ymin, xmax, ymax] = edges as [number, number, number, number]
    if (typeof name !== 'string' || edges.some(Number.isNaN))
      throw new Error('expected each <object> to have a <name> and a <bndbox> of xmin, ymin, xmax, ymax')
    return { name, box: [xmin, ymin, xmax, ymax] }
  })
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
