import type { Bytes } from './bytes.ts'
import { type CheckpointArray, derived } from './checkpoint.ts'
import type { StateDict } from './state-dict.ts'

// NaFlex (Tschannen et al., 2025: SigLIP 2): a SigLIP for pictures of all shapes, whose patches arrive cut out, rows of pixels with their channels.

const KERNEL = 'patch_embed.proj.weight'

/** Whether a model takes patches that are cut out already. */
export const isNaFlex = ({ arrays, dialect }: StateDict): boolean =>
  dialect === 'hugging-face-clip' && arrays.get(KERNEL)?.shape.length === 2

/** With the first layer as that of a ViT: `[width, rows * columns * 3]` as `[width, 3, rows, columns]`. */
export function withPatchKernel<B extends Bytes>(weights: StateDict<B>): StateDict<B> {
  const layer = weights.arrays.get(KERNEL)
  const [width = 0, pixels = 0] = layer?.shape ?? []
  const side = Math.sqrt(pixels / 3)
  if (!layer || !Number.isInteger(side)) return weights
  const kernel: CheckpointArray<B> = derived([layer], [width, 3, side, side], ([own]) => {
    const count = side * side
    return Float32Array.from({ length: width * pixels }, (_, i) => {
      const [row, channel, at] = [Math.floor(i / pixels), Math.floor((i % pixels) / count), i % count]
      return own?.[row * pixels + at * 3 + channel] ?? 0
    })
  })
  return { ...weights, arrays: new Map(weights.arrays).set(KERNEL, kernel) }
}
