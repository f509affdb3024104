/**
 * Inference engines that run tensor programs: `core.ts`, which also runs in a browser, and `node.ts`, which opens engines by name.
 * @module
 */
export * from './core.ts'
export * from './node.ts'
