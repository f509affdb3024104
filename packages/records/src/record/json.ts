import { isPrintable } from './controls.ts'

/** What a JSON file can hold without loss. `NaN` and the infinities are not in it: a value that does not exist is `null`. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
export type JsonObject = { [name: string]: Json }

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The first place in `value` that JSON cannot hold, or `undefined`. Properties that are `undefined` count as absent. */
export function firstForeign(value: unknown): { path: PropertyKey[]; value: unknown } | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : { path: [], value }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const foreign = firstForeign(value[i])
      if (foreign) return { path: [i, ...foreign.path], value: foreign.value }
    }
    return undefined
  }
  if (!isPlainObject(value)) return { path: [], value }
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    const foreign = firstForeign(inner)
    if (foreign) return { path: [name, ...foreign.path], value: foreign.value }
  }
  return undefined
}

/** How many lists and objects of a record may lie in each other. A column holds lists of lists at most; options a few levels more. */
export const DEEPEST = 64

/** Whether lists and objects lie in each other more than `levels` deep. A value that does not can be walked by recursion. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  if (levels === 0) return true
  return Object.values(value).some(inner => isDeeperThan(inner, levels - 1))
}

/** Whether all texts in a JSON value, names included, are printable. */
export function isPrintableJson(value: Json): boolean {
  if (typeof value === 'string') return isPrintable(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([name, inner]) => isPrintable(name) && isPrintableJson(inner))
}

/** Entries by name in code unit order, which, unlike a locale's order, is the same on every machine. */
export function sortedEntries<T>(object: Record<string, T>): [string, T][] {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** A copy with the names of every object sorted and every leaf passed through `leaf`. */
export function sorted(value: Json, leaf: (value: Json) => Json = same): Json {
  if (Array.isArray(value)) return value.map(inner => sorted(inner, leaf))
  if (value === null || typeof value !== 'object') return leaf(value)
  return sortedObject(value, leaf)
}

export function sortedObject(object: JsonObject, leaf: (value: Json) => Json = same): JsonObject {
  return Object.fromEntries(sortedEntries(object).map(([name, value]) => [name, sorted(value, leaf)]))
}

const same = (value: Json): Json => value
