/** Numbers of an array, in row-major order. */
export type Numbers = Float32Array<ArrayBuffer>

interface DType {
  /** Of one element. */
  readonly bytes: number
  readonly decode: (buffer: ArrayBuffer) => Numbers
}

/** The element types that are read, little-endian. F64 and I64 lose precision. */
const DTYPES = {
  F64: { bytes: 8, decode: buffer => new Float32Array(new Float64Array(buffer)) },
  F32: { bytes: 4, decode: buffer => new Float32Array(buffer) },
  F16: { bytes: 2, decode: buffer => new Float32Array(new Float16Array(buffer)) },
  BF16: {
    bytes: 2,
    decode: buffer => new Float32Array(Uint32Array.from(new Uint16Array(buffer), x => x << 16).buffer),
  },
  I64: { bytes: 8, decode: buffer => Float32Array.from(new BigInt64Array(buffer), Number) },
  I32: { bytes: 4, decode: buffer => new Float32Array(new Int32Array(buffer)) },
  I16: { bytes: 2, decode: buffer => new Float32Array(new Int16Array(buffer)) },
  I8: { bytes: 1, decode: buffer => new Float32Array(new Int8Array(buffer)) },
  U8: { bytes: 1, decode: buffer => new Float32Array(new Uint8Array(buffer)) },
  BOOL: { bytes: 1, decode: buffer => new Float32Array(new Uint8Array(buffer)) },
} as const satisfies Record<string, DType>

/** Names of the element types, as safetensors spells them. */
export const dtypes: readonly string[] = Object.keys(DTYPES)

/** An element type by its name; undefined for one that cannot be read. */
export const dtypeOf = (name: string): DType | undefined =>
  Object.hasOwn(DTYPES, name) ? DTYPES[name as keyof typeof DTYPES] : undefined
