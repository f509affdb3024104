import { basename } from 'node:path'
import type { MethodChoice } from '@vitrine/explainers/run'
import { refusalsOf } from '@vitrine/measure'
import type { Model } from '@vitrine/models'
import type { Failures } from '../cli/failures.ts'
import { tell } from '../cli/terminal.ts'

/**
 * The methods that can explain a model. Of the others it is told why they cannot.
 *
 * @param areNamed whether the user named them: of all methods, some are for other models, which is no failure
 */
export function usableMethods(
  model: Model,
  methods: readonly MethodChoice[],
  { areNamed, failures }: { readonly areNamed: boolean; readonly failures: Failures },
): MethodChoice[] {
  return methods.filter(method => {
    const { key, explainer } = method
    try {
      const refusal = explainer.readsTruth
        ? 'is told where the object is; left out'
        : refusalsOf(model, [method]).get(method)
      if (refusal === undefined) return true
      if (areNamed) failures.add(key, refusal)
      else tell(`${key}: ${refusal}`)
    } catch (error) {
      failures.add(key, mistakeIn(error))
    }
    return false
  })
}

/** What a method threw and, for its author, the place where: `cannot read "x" (mine.ts:12)`. */
export function mistakeIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [, file, line] = /\(?(file:\/\/[^\s()]+?):(\d+):\d+\)?/.exec(error.stack ?? '') ?? []
  return file === undefined ? error.message : `${error.message} (${basename(file)}:${line})`
}
