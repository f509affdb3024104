import type { Explainer } from './contract/explainer.ts'
import { explainers } from './registry.ts'

/** What a method's numbers are known by. */
export interface MethodIdentity {
  /** See `version` of a method's definition. */
  readonly version: number
}

/**
 * What a method's numbers are known by: the version that it declares, and 1 of a bundled method that declares none. `undefined` for a
 * method from a file of its own that declares none: only its code tells whether it is the same.
 */
export function methodIdentity(explainer: Explainer): MethodIdentity | undefined {
  const { version } = explainer
  if (version !== undefined) return { version }
  return explainers.includes(explainer) ? { version: 1 } : undefined
}
