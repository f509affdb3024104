/**
 * What a number is made by: a model run on a backend, the input it is given, the truth it is held against, and the columns that are stored.
 * No terminal and no files.
 * @module
 */
export * from './columns.ts'
export * from './diagnostics.ts'
export * from './explain.ts'
export * from './heatmap.ts'
export * from './image.ts'
export * from './method-code.ts'
export * from './model-input.ts'
export * from './per-class.ts'
export * from './plan.ts'
export * from './timing.ts'
export * from './truth.ts'
