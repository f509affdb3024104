/**
 * Explanation methods as tensor programs, the parts they share, and the plugin contract.
 * @module
 */
export * from './context.ts'
export * from './identity.ts'
export * from './plugin.ts'
export * from './registry.ts'
