import type { Against } from '@vitrine/explainers'
import type { Model } from '@vitrine/models'
import { splitList, UsageError } from '../cli/arguments.ts'
import { classOf } from './asked-class.ts'

// As many as in the experiments of Finer-CAM (Zhang et al., CVPR 2025).
const USUAL = 3

const SIMILAR = /^similar(?::([1-9]\d*))?$/

/** What classes are put against: `similar:K`, or the names or indices of classes; nothing if there are none. */
export function againstOf(classNames: readonly string[], asked: readonly string[]): Against | undefined {
  const [first, ...others] = asked
  if (first === undefined) return undefined
  const rule = asked.map(text => SIMILAR.exec(text)).find(match => match !== null)
  if (!rule) return { classes: [...new Set(asked.map(name => classOf(classNames, name, '--against')))] }
  if (others.length > 0)
    throw new UsageError(`--against: expected names of classes or one similar:K, got ${asked.join(' and ')}`)
  return { similar: Number(rule[1] ?? USUAL) }
}

/**
 * What a sweep puts each class against: `similar:K`, or two or more classes by their names or indices, separated by commas. A class is put against the
 * others of them, so that one alone would leave images of that class with nothing.
 *
 * @param models all of which must have these classes at the same places, since one plan is for all
 */
export function againstInSweep(models: readonly Pick<Model, 'id' | 'classNames'>[], text: string): Against | undefined {
  const [first, ...others] = models.map(({ classNames }) => againstOf(classNames, splitList(text)))
  const odd = others.findIndex(own => JSON.stringify(own) !== JSON.stringify(first))
  if (odd >= 0)
    throw new UsageError(
      `--against: expected classes that ${models[0]?.id} and ${models[odd + 1]?.id} have at the same places, got ${text}; measure one model at a time`,
    )
  if (!first)
    throw new UsageError(
      `--against: expected similar:K, such as similar:${USUAL}, or two or more classes, got "${text}"`,
    )
  if ('classes' in first && first.classes.length < 2)
    throw new UsageError(
      `--against: expected similar:K, such as similar:${USUAL}, or two or more classes separated by commas, got "${text}": images of that class would have nothing to be put against`,
    )
  return first
}
