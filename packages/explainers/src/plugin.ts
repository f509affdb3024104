/**
 * Everything that a method is written with.
 * @module
 */
export * from './cam.ts'
export { ExplainerError, UnsupportedError } from './errors.ts'
export * from './explainer.ts'
export * from './parts.ts'
export * from './pixels.ts'
export * from './relevance.ts'
export * from './rules/alpha-one.ts'
export * from './rules/gradients.ts'
export * from './sample.ts'
export * from './sampling/masks.ts'
export * from './sampling/random.ts'
