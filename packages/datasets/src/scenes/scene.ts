import type { Box, RgbImage } from '../dataset.ts'
import { boxAround, maskOf } from '../mask.ts'
import { paintBackground } from './background.ts'
import { blend, type Canvas, nobody } from './composite.ts'
import { loadIcon } from './icons.ts'
import type { Placement } from './layout.ts'
import type { Random } from './random.ts'

/** A painted scene. */
export interface PaintedScene {
  readonly image: RgbImage
  /** See `Canvas`; placement i owns the pixels where it is seen. */
  readonly owners: Uint8Array
  /** The same scene without placement `i`: everything else is where it was, on the same background. */
  without(i: number): RgbImage
}

/**
 * Paints the placements, in their order, on a new background.
 *
 * @param side pixels
 */
export async function paintScene(
  random: Random,
  placements: readonly Placement[],
  side: number,
): Promise<PaintedScene> {
  const icons = await Promise.all(placements.map(({ family, name }) => loadIcon(family, name)))
  const background = paintBackground(random, side)
  const paint = (left: number | null) => {
    const colours = background.slice()
    const canvas: Canvas = { side, colours, owners: new Uint8Array(side * side).fill(nobody) }
    placements.forEach((placement, i) => {
      const icon = icons[i]
      if (icon && i !== left) blend(canvas, icon, placement, i)
    })
    const data = new Uint8Array(Uint8ClampedArray.from(colours).buffer)
    return { image: { width: side, height: side, data }, owners: canvas.owners }
  }
  return { ...paint(null), without: i => paint(i).image }
}

/** The part of an image where `owner` is seen: its mask and the smallest box around it; `[side, side, 0, 0]` where it is nowhere. */
export function visiblePart(owners: Uint8Array, owner: number, side: number): { mask: Uint8Array; box: Box } {
  const size = { width: side, height: side }
  const mask = maskOf(size, p => owners[p] === owner)
  return { mask, box: boxAround(mask, size) }
}
