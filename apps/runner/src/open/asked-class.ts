import { normalName } from '@vitrine/datasets'
import { closest } from 'fastest-levenshtein'
import { UsageError } from '../cli/arguments.ts'
import { classIndex, namesOf } from './class-names.ts'

/**
 * A class by its index or its name. ImageNet's names list synonyms, `tabby, tabby cat`: each of them will do where only one class has it.
 */
export function classOf(classNames: readonly string[], asked: string, option = '--class'): number {
  const fail = (problem: string): never => {
    throw new UsageError(`${option}: ${problem}`)
  }
  if (/^\d+$/.test(asked)) {
    const index = Number(asked)
    return index < classNames.length ? index : fail(`expected an index below ${classNames.length}, got ${index}`)
  }
  const known = classIndex(classNames)
  const found = known.named(asked)
  if (found.length > 1)
    fail(`"${asked}" is the name of several classes: ${found.map(known.describe).join(', ')}. Ask for an index`)
  if (found[0] !== undefined) return found[0]
  return fail(`unknown class "${asked}". ${hint(classNames, asked)}`)
}

const LISTED = 40

function hint(classNames: readonly string[], asked: string): string {
  if (classNames.every((name, i) => name === `class ${i}`))
    return `The model names no classes: ask for an index below ${classNames.length}.`
  const guess = `Did you mean "${closest(normalName(asked), classNames.flatMap(namesOf))}"?`
  return classNames.length > LISTED ? guess : `${guess} Known: ${classNames.join(', ')}.`
}

/** The indices of the largest numbers, largest first. */
export const likeliest = (probabilities: Float32Array, count: number): number[] =>
  Array.from(probabilities, (_, i) => i)
    .sort((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0))
    .slice(0, count)
