/**
 * Vision Transformers as tensor programs, their configurations, their weights and their preprocessing: all that Node.js needs, in one
 * place. `@vitrine/models/architecture` and `@vitrine/models/checkpoint` are the parts that run anywhere.
 * @module
 */
export * from './architecture/index.ts'
export type { KnownFact } from './checkpoint/facts.ts'
export { FAMILIES, type Family, type Question, questionsOf } from './checkpoint/families.ts'
export * from './node/index.ts'
