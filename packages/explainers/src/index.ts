/**
 * Explanation methods as tensor programs, the parts they share, and the plugin contract.
 * @module
 */
export * from './cam.ts'
export * from './context.ts'
export { ExplainerError, UnsupportedError } from './errors.ts'
export * from './explainer.ts'
export * from './parts.ts'
export * from './pixels.ts'
export * from './registry.ts'
export * from './relevance.ts'
export * from './rules/alpha-one.ts'
export * from './rules/gradients.ts'
export * from './sample.ts'
