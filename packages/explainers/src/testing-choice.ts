import { resolveOptions } from './contract/options.ts'
import { explainers } from './registry.ts'
import type { MethodChoice } from './run/choice.ts'

/** A bundled method, for tests: options that are not given have their defaults. */
export function choiceOf(id: string, given: Readonly<Record<string, unknown>> = {}): MethodChoice {
  const explainer = explainers.find(one => one.id === id)
  if (!explainer) throw new Error(`no method is called "${id}"`)
  return { key: id, explainer, options: resolveOptions(id, explainer.options, given) }
}
