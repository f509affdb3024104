/**
 * What measuring needs to know of files: the source of plugins and of the code that measures.
 * @module
 */
export * from './module-source.ts'
export * from './provenance.ts'
