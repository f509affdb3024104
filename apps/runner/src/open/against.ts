import type { Against } from '@vitrine/explainers'
import { UsageError } from '../cli/arguments.ts'
import { classOf } from './asked-class.ts'

// As many as in the experiments of Finer-CAM (Zhang et al., CVPR 2025).
const USUAL = 3

const SIMILAR = /^similar(?::([1-9]\d*))?$/

/** The rule `similar:K`, or `similar`. */
export function similarClasses(text: string): Against {
  const match = SIMILAR.exec(text)
  if (match) return { similar: Number(match[1] ?? USUAL) }
  throw new UsageError(`--against: expected similar:K, such as similar:${USUAL}, got "${text}"`)
}

/** What classes are put against: `similar:K`, or the names or indices of classes; nothing if there are none. */
export function againstOf(classNames: readonly string[], asked: readonly string[]): Against | undefined {
  const [first, ...others] = asked
  if (first === undefined) return undefined
  if (!asked.some(text => SIMILAR.test(text)))
    return { classes: [...new Set(asked.map(name => classOf(classNames, name, '--against')))] }
  if (others.length > 0)
    throw new UsageError(`--against: expected names of classes or one similar:K, got ${asked.join(' and ')}`)
  return similarClasses(first)
}
