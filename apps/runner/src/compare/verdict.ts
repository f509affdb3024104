import { resultsOf } from '@vitrine/measure'
import { metricDifferences } from '@vitrine/metrics'
import { type BenchRecord, hashJson, type Json, recordKey } from '@vitrine/records/record'

/** Whether a record holds against another run of the same question, and why. */
export interface Verdict {
  readonly holds: boolean
  /** How far the number that is farthest from the record's is; infinite where one is no longer there, or nothing can be compared. */
  readonly largest: number
  /** One finding a line, in the order of what they rest on. */
  readonly lines: readonly string[]
}

interface Compared {
  readonly name: string
  readonly difference: number
}

/**
 * Holds a published record against a new run. A number holds when it is within `tolerance` of the published one, or of that share of it where
 * it is greater than 1. Times are not compared: they are another machine's.
 */
export function judge(published: BenchRecord, again: BenchRecord, tolerance: number): Verdict {
  const changed = changedInputs(published, again)
  const inputs =
    changed.length === 0
      ? 'inputs   weights, images, method, protocol and versions are those of the record'
      : `inputs   not those of the record: ${changed.join(', ')} changed, so its numbers are of something else`
  if (published.status !== again.status) {
    const reason = again.reason === null ? '' : ` (${again.reason})`
    return {
      holds: false,
      largest: Number.POSITIVE_INFINITY,
      lines: [inputs, `status   recorded as ${published.status}, now ${again.status}${reason}`],
    }
  }
  if (published.status !== 'ok')
    return { holds: changed.length === 0, largest: 0, lines: [inputs, `status   ${again.status}, as recorded`] }
  const { id: images, predicted } = published.images
  const same = images.length === again.images.id.length && images.every((id, i) => id === again.images.id[i])
  if (!same) {
    const line = `images   expected ${images.length}, ${images[0]} to ${images.at(-1)}; got ${again.images.id.length}, ${again.images.id[0]} to ${again.images.id.at(-1)}`
    return { holds: false, largest: Number.POSITIVE_INFINITY, lines: [inputs, line] }
  }
  const alike = predicted.filter((p, i) => p === again.images.predicted[i]).length
  const [was, is] = [resultsOf(published), resultsOf(again)]
  const numbers = [...compare('', was.summary, is.summary), ...compare('', was.counts, is.counts)]
  const off = numbers.filter(({ difference }) => !(difference <= tolerance))
  const [farthest] = numbers.toSorted(byDifference)
  const [image] = Object.entries(metricDifferences(published, again))
    .map(([name, list]) => ({ name, difference: Math.max(0, ...list.filter(value => value !== null)) }))
    .sort(byDifference)
  return {
    holds: changed.length === 0 && off.length === 0,
    largest: farthest?.difference ?? 0,
    lines: [
      inputs,
      `images   ${alike} of ${images.length} predicted as recorded`,
      `numbers  ${numbers.length} compared, ${off.length} beyond ${tolerance}${farthest ? `; farthest ${shown(farthest)}` : ''}`,
      ...(image ? [`         of single images, farthest ${shown(image)}`] : []),
      ...off
        .toSorted(byDifference)
        .slice(0, 10)
        .map(one => `         ${shown(one)}`),
    ],
  }
}

// What is no longer there is the farthest of all.
const byDifference = (a: Compared, b: Compared): number => b.difference - a.difference

const shown = ({ name, difference }: Compared): string =>
  `${name} by ${Number.isFinite(difference) ? difference.toPrecision(2) : 'all: it is no longer there'}`

function changedInputs(published: BenchRecord, again: BenchRecord): string[] {
  const [was, is] = [recordKey(published), recordKey(again)]
  const parts = {
    weights: 'model',
    images: 'dataset',
    method: 'method',
    engine: 'backend',
    protocol: 'protocol',
    choices: 'choices',
    versions: 'versions',
  } as const
  return Object.entries(parts).flatMap(([word, part]) => (hashJson(was[part]) === hashJson(is[part]) ? [] : [word]))
}

function compare(name: string, a: Json | undefined, b: Json | undefined): Compared[] {
  if (typeof a === 'number' && typeof b === 'number') {
    return [{ name, difference: Math.abs(a - b) / Math.max(1, Math.abs(a)) }]
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((value, i) => compare(`${name}[${i}]`, value, b[i]))
  }
  if (isObject(a) && isObject(b)) {
    // A number that is new since is no fault of the record.
    return Object.keys(a).flatMap(key => compare(name === '' ? key : `${name}.${key}`, a[key], b[key]))
  }
  return [{ name, difference: JSON.stringify(a) === JSON.stringify(b) ? 0 : Number.POSITIVE_INFINITY }]
}

const isObject = (value: Json | undefined): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
