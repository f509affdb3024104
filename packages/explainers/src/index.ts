/**
 * Explanation methods as tensor programs, the parts they share, and the plugin contract.
 * @module
 */
export * from './context.ts'
export { ExplainerError, UnsupportedError } from './errors.ts'
export * from './explainer.ts'
export { alphaOneRules, joinRelevance } from './lrp.ts'
export * from './parts.ts'
export * from './registry.ts'
export * from './sample.ts'
