/**
 * What a number is made by: a model run on a backend, the input it is given, the truth it is held against, and the columns that are stored.
 * No terminal and no files.
 * @module
 */
export * from './agreement.ts'
export * from './columns.ts'
export * from './embed.ts'
export * from './faithfulness.ts'
export * from './heatmap.ts'
export * from './identity.ts'
export * from './image.ts'
export * from './map-columns.ts'
export * from './model-input.ts'
export * from './model-run.ts'
export * from './passes.ts'
export * from './paths.ts'
export * from './per-class.ts'
export * from './plan.ts'
export * from './rows.ts'
export * from './sound-columns.ts'
export * from './timing.ts'
export * from './truth.ts'
