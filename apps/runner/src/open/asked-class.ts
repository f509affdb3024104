import { closest } from 'fastest-levenshtein'
import { UsageError } from '../cli/arguments.ts'

/**
 * A class by its index or its name. ImageNet's names list synonyms, `tabby, tabby cat`: each of them will do where only one class has it.
 */
export function classOf(classNames: readonly string[], asked: string): number {
  const fail = (problem: string): never => {
    throw new UsageError(`--class: ${problem}`)
  }
  if (/^\d+$/.test(asked)) {
    const index = Number(asked)
    return index < classNames.length ? index : fail(`expected an index below ${classNames.length}, got ${index}`)
  }
  const whole = classNames.indexOf(asked)
  if (whole >= 0) return whole
  const plain = (name: string) => name.trim().toLowerCase()
  const synonyms = classNames.map(names => [plain(names), ...names.split(',').map(plain)])
  const found = synonyms.flatMap((names, index) => (names.includes(plain(asked)) ? [index] : []))
  if (found.length > 1)
    fail(`"${asked}" is the name of several classes: ${found.map(i => `${i} (${classNames[i]})`).join(', ')}`)
  return found[0] ?? fail(`unknown class "${asked}". ${hint(synonyms.flat(), classNames, asked)}`)
}

const LISTED = 40

function hint(synonyms: readonly string[], classNames: readonly string[], asked: string): string {
  if (classNames.every((name, i) => name === `class ${i}`))
    return `The model names no classes: ask for an index below ${classNames.length}.`
  const guess = `Did you mean "${closest(asked.toLowerCase(), synonyms)}"?`
  return classNames.length > LISTED ? guess : `${guess} Known: ${classNames.join(', ')}.`
}

/** The indices of the largest numbers, largest first. */
export const likeliest = (probabilities: Float32Array, count: number): number[] =>
  Array.from(probabilities, (_, i) => i)
    .sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0))
    .slice(0, count)
