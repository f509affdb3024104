import { ModelError } from '../errors.ts'
import type { Fact } from './fields.ts'
import { names } from './fields.ts'
import { labels } from './hugging-face-hints.ts'

/** Reads names of classes: one a line in the order of their indices, or as JSON a list or `{ "0": name, … }`. */
export function readClassNames(text: string, source: string): Fact<readonly string[]> {
  const trimmed = text.trim()
  const found = /^[[{]/.test(trimmed) ? fromJson(trimmed) : names(trimmed.split(/\r?\n/).map(line => line.trim()))
  if (!found || found.length === 0 || found.includes(''))
    throw new ModelError(`${source}: expected a class name a line, or JSON with a list of names or names by index`)
  return { value: found, from: source }
}

function fromJson(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return names(value) ?? labels(value)
  } catch {
    return undefined
  }
}
