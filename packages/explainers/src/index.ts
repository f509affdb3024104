/**
 * The face for authors of methods and for readers of the registry: everything that a method is written with, and the bundled methods.
 * What runs methods is in `@vitrine/explainers/run`.
 * @module
 */
export * from './identity.ts'
export * from './plugin.ts'
export * from './registry.ts'
