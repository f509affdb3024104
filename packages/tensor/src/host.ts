import type { Shape } from './ops.ts'

/** A tensor on the host: numbers in row-major order. Indices are whole numbers. */
export interface HostTensor {
  readonly shape: Shape
  readonly data: Float32Array | Float64Array | Int32Array
}

export type HostTensors = Readonly<Record<string, HostTensor>>
