const digitBits = 11
const digits = 2 ** digitBits

/**
 * Items in the order of the values that they index, equal values in the order given: a radix sort by the bits of the float32s, which order as
 * the values do because none is negative.
 *
 * @param values not negative, and no negative zero
 */
export function byValue(values: Float32Array, items: Uint32Array, direction: 'descending' | 'ascending'): Uint32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const flip = direction === 'descending' ? 0xffffffff : 0
  let source: Uint32Array = items
  let target: Uint32Array = new Uint32Array(items.length)
  let spare: Uint32Array = new Uint32Array(items.length)
  const starts = new Uint32Array(digits + 1)
  for (let shift = 0; shift < 32; shift += digitBits) {
    starts.fill(0)
    for (let i = 0; i < source.length; i++) {
      const digit = ((bits[source[i]!]! ^ flip) >>> shift) & (digits - 1)
      starts[digit + 1]! += 1
    }
    for (let digit = 1; digit < digits; digit++) starts[digit]! += starts[digit - 1]!
    for (let i = 0; i < source.length; i++) {
      const item = source[i]!
      const digit = ((bits[item]! ^ flip) >>> shift) & (digits - 1)
      target[starts[digit]!] = item
      starts[digit]! += 1
    }
    source = target
    target = spare
    spare = source
  }
  return source
}
