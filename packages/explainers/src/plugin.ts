/**
 * Everything that a method is written with.
 * @module
 */
export * from './attention.ts'
export * from './cam.ts'
export * from './contract/context.ts'
export * from './contract/explainer.ts'
export { isForTexts } from './contract/needs.ts'
export * from './contract/options.ts'
export * from './contract/target.ts'
export { ExplainerError, UnsupportedError } from './errors.ts'
export * from './gradients.ts'
export * from './pixels.ts'
export * from './relevance.ts'
export * from './rules/alpha-one.ts'
export * from './rules/gradients.ts'
export * from './sampling/draws.ts'
export * from './sampling/masks.ts'
