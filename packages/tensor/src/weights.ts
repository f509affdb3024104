import type { HostTensor } from './host.ts'

/** Looks up a weight by its name; throws where there is none. All that the reference interpreter needs. */
export type WeightLookup = (name: string) => HostTensor

/** Where the bytes of a weight lie: little-endian float32, `length` bytes from `offset` of a file. */
export interface WeightLocation {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** The parameters of a model. The same object is given to every program that is compiled from it. */
export interface Weights {
  /** The same for equal weights, different for others: a content hash, or any unique string. */
  readonly id: string
  /** The numbers of a parameter; throws where there is no such parameter. */
  readonly get: WeightLookup
  /** The file that holds a parameter as it is, so that a backend may map the file and leave `get` uncalled. */
  location?(name: string): WeightLocation | undefined
}
