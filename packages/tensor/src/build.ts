/** All functions that build tensors, for those who need them as one table. */
export * from './contraction.ts'
export * from './elementwise.ts'
export * from './movement.ts'
export * from './unfolding.ts'
