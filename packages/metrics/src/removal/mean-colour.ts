import type { InputImage } from '../types.ts'

/** The mean of each channel of an image `[channels, height, width]`. */
export function meanColour({ values, width, height }: InputImage): number[] {
  const area = width * height
  return Array.from({ length: values.length / area }, (_, channel) => {
    let sum = 0
    for (let i = 0; i < area; i++) sum += values[channel * area + i]!
    return sum / area
  })
}
