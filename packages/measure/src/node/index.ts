/**
 * What measuring needs to know of files: the source of methods and of the code that measures.
 * @module
 */
export * from './method-source.ts'
export * from './provenance.ts'
