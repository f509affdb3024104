/** For each output position: the two source positions and the weight of the second, in float32. */
function taps(from: number, to: number): { near: Uint32Array; far: Uint32Array; weight: Float32Array } {
  const near = new Uint32Array(to)
  const far = new Uint32Array(to)
  const weight = new Float32Array(to)
  const scale = Math.fround(from / to)
  for (let i = 0; i < to; i++) {
    const source = Math.max(0, Math.fround(Math.fround(scale * Math.fround(i + 0.5)) - 0.5))
    const whole = Math.min(Math.floor(source), from - 1)
    near[i] = whole
    far[i] = Math.min(whole + 1, from - 1)
    weight[i] = Math.min(1, source - whole)
  }
  return { near, far, weight }
}

/**
 * Bilinear resize with half-pixel centres (`align_corners=False`) and no antialiasing, edges repeated. Along rows, then along columns, each
 * time `fma(near, 1 - weight, float32(far * weight))`: the roundings decide which pixels tie exactly, and so the perturbation order.
 *
 * @param values `[rows, columns]`
 * @returns `[height, width]`
 */
export function resizeBilinear(
  values: Float32Array,
  rows: number,
  columns: number,
  height: number,
  width: number,
): Float32Array {
  const across = taps(columns, width)
  const down = taps(rows, height)
  const wide = new Float32Array(rows * width)
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const weight = across.weight[x]!
      const left = values[y * columns + across.near[x]!]!
      const right = values[y * columns + across.far[x]!]!
      wide[y * width + x] = left * Math.fround(1 - weight) + Math.fround(right * weight)
    }
  }
  const out = new Float32Array(height * width)
  for (let y = 0; y < height; y++) {
    const weight = down.weight[y]!
    const rest = Math.fround(1 - weight)
    const above = down.near[y]! * width
    const below = down.far[y]! * width
    for (let x = 0; x < width; x++) {
      out[y * width + x] = wide[above + x]! * rest + Math.fround(wide[below + x]! * weight)
    }
  }
  return out
}
