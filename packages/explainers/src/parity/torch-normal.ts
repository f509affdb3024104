import { mersenne } from 'pure-rand/generator/mersenne'

/**
 * The numbers that `torch.randn(count)` gives on a CPU after `torch.manual_seed(seed)`, for a multiple of 16: 24 bits of each number of
 * a Mersenne Twister, turned into normal ones eight pairs at a time (Box & Muller).
 */
export function torchNormal(seed: number, count: number): Float64Array {
  const generator = mersenne(seed)
  const uniform = Float64Array.from({ length: count }, () => (generator.next() & 0xffffff) / 0x1000000)
  return uniform.map((_, i) => {
    const [block, lane] = [i - (i % 16), i % 16]
    const radius = Math.sqrt(-2 * Math.log(1 - (uniform[block + (lane % 8)] ?? 0)))
    const angle = 2 * Math.PI * (uniform[block + 8 + (lane % 8)] ?? 0)
    return radius * (lane < 8 ? Math.cos(angle) : Math.sin(angle))
  })
}
