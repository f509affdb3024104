import { constant, erf, interpret, program } from '@vitrine/tensor'

/** Outside of [-END, END] erf is -1 or 1 in float32. */
const END = 4
const PER_UNIT = 128
const STEPS = 2 * END * PER_UNIT
/** The largest place that is still inside the last step. */
const LAST = STEPS - 1e-9

let cubics: Float64Array | undefined

/** For each step the coefficients of the cubic (Hermite) with erf's values and slopes at its ends, the constant first. */
function cubicsOf(): Float64Array {
  const at = Float64Array.from({ length: STEPS + 1 }, (_, i) => i / PER_UNIT - END)
  const { y } = interpret(program({ y: erf(constant(at)) }), {})
  const coefficients = new Float64Array(4 * STEPS)
  for (let i = 0; i < STEPS; i++) {
    const [start = 0, end = 0] = y?.data.subarray(i, i + 2) ?? []
    const [d0, d1] = [slope(at[i] ?? 0), slope(at[i + 1] ?? 0)]
    coefficients.set([start, d0, 3 * (end - start) - 2 * d0 - d1, d0 + d1 - 2 * (end - start)], 4 * i)
  }
  return coefficients
}

const slope = (x: number): number => (2 / Math.sqrt(Math.PI) / PER_UNIT) * Math.exp(-x * x)

/**
 * Writes `erf(x)` or `gelu(x)` for every x. erf is interpolated in float64 between stored values, with an error below 1e-10. Several
 * times faster than the kernel of WebAssembly, which calls the C library for each number.
 */
export function mapErf(from: Float32Array, to: Float32Array, f: 'erf' | 'gelu'): void {
  cubics ??= cubicsOf()
  const c = cubics
  const gelu = f === 'gelu'
  const scale = PER_UNIT * (gelu ? Math.SQRT1_2 : 1)
  const count = from.length
  for (let i = 0; i < count; i++) {
    const x = from[i] as number
    // Without a branch: the processor could not predict it, since activations have random signs.
    const place = Math.min(Math.max(x * scale + END * PER_UNIT, 0), LAST)
    const step = place | 0
    const t = place - step
    const k = step << 2
    const y = (c[k] as number) + t * ((c[k + 1] as number) + t * ((c[k + 2] as number) + t * (c[k + 3] as number)))
    to[i] = gelu ? 0.5 * x * (1 + y) : y
  }
}
