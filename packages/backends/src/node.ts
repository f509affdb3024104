/**
 * Opens backends by name in Node.js. An engine is loaded when it is opened.
 * @module
 */
export { checkBackend, openBackend } from './open.ts'
