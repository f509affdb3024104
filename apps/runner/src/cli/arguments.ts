import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { closest } from 'fastest-levenshtein'

/** A mistake in how a command was called: printed without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The folder in which the user gave the command: pnpm runs it elsewhere. */
export const here = (): string => process.env.INIT_CWD ?? process.cwd()

/** `~` and `~/…` as the folder of the user: a shell leaves them as they are behind `=` and between quotes. */
export const withoutTilde = (path: string): string => path.replace(/^~(?=\/|$)/, homedir())

/** A path as the user wrote it, made absolute. */
export const fromHere = (path: string): string => resolve(here(), withoutTilde(path))

/** The items of `a,b[x=1,y=2],c`; commas inside brackets do not separate. */
export function splitList(text: string): string[] {
  return text
    .split(/,(?![^[]*\])/)
    .map(item => item.trim())
    .filter(item => item !== '')
}

/** A known name, or a UsageError that lists the known ones and the nearest. */
export function known<K extends string>(what: string, name: string, names: readonly K[]): K {
  const found = names.find(candidate => candidate === name)
  if (found !== undefined) return found
  const guess = names.length > 0 ? ` Did you mean "${closest(name, names)}"?` : ''
  throw new UsageError(`unknown ${what} "${name}".${guess} Known: ${names.join(', ')}.`)
}

/** Names from a list, or all of them for `all`. */
export function chooseFrom<K extends string>(what: string, text: string, names: readonly K[]): K[] {
  if (text === 'all') return [...names]
  const chosen = splitList(text).map(name => known(what, name, names))
  if (chosen.length === 0) throw new UsageError(`expected at least one ${what}. Known: ${names.join(', ')}.`)
  return [...new Set(chosen)]
}

/** A whole number of at least `minimum`, for commander's argument parsers. */
export const wholeNumber =
  (what: string, minimum: number) =>
  (text: string): number => {
    const n = Number(text)
    if (!Number.isInteger(n) || n < minimum)
      throw new UsageError(`${what}: expected a whole number of at least ${minimum}, got "${text}"`)
    return n
  }

/** Strictly ascending thresholds in [0, 1): a list `0.3,0.5`, or a range `0.1:0.9:0.1`, both ends included. */
export function parseThresholds(text: string): number[] {
  const range = /^([\d.]+):([\d.]+):([\d.]+)$/.exec(text)
  const values = range ? expand(range.slice(1).map(Number)) : splitList(text).map(Number)
  const ascending = values.every((v, i) => v >= 0 && v < 1 && v > (values[i - 1] ?? -1))
  if (values.length === 0 || !ascending)
    throw new UsageError(
      `--thresholds: expected ascending numbers from 0 to below 1 such as 0.3,0.5 or 0.1:0.9:0.1, got "${text}"`,
    )
  return values
}

function expand([start = 0, end = 0, step = 0]: readonly number[]): number[] {
  if (!(step > 0)) return []
  const count = Math.floor((end - start) / step + 1e-9) + 1
  // Decimal steps are meant as decimals: 0.1 + 2 * 0.1 is 0.3.
  return Array.from({ length: Math.max(count, 0) }, (_, i) => Number((start + i * step).toFixed(10)))
}

/** `i/n`: the i-th of n parts, from 1. */
export function parseShard(text: string): { index: number; of: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  const [index, of] = [Number(match?.[1]), Number(match?.[2])]
  if (!match || index < 1 || index > of) throw new UsageError(`--shard: expected i/n with 1 <= i <= n, got "${text}"`)
  return { index, of }
}
