import { MetricError } from '../errors.ts'

/**
 * The normalised input times the map, pixel by pixel in every channel: where the map is 0 there is the mean colour of the training images.
 *
 * @param values the map on the pixels of the input, in [0, 1]: `[height, width]`
 * @param input `[channels, height, width]`
 * @param out where to write, such as a slot of a batch
 */
export function fade(
  values: Float32Array,
  input: Float32Array,
  out: Float32Array = new Float32Array(input.length),
): Float32Array {
  if (input.length === 0 || input.length % values.length !== 0 || out.length !== input.length)
    throw new MetricError(
      'soft-mask',
      `expected whole channels of ${values.length} pixels and as much room, got ${input.length} and ${out.length}`,
    )
  for (let i = 0; i < input.length; i++) out[i] = input[i]! * values[i % values.length]!
  return out
}
