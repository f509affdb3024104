/**
 * What runs methods: programs of one-pass methods, the sampler of the others, and their random numbers.
 * @module
 */
export * from './run/choice.ts'
export * from './run/map-size.ts'
export * from './run/program.ts'
export * from './run/sampler.ts'
export * from './run/seeds.ts'
export * from './run/target-input.ts'
export { type Baseline, baselineImage } from './sampling/paths.ts'
