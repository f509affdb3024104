import type { Box, SceneObject, Size } from './dataset.ts'
import { boxAround, resizeMask } from './mask.ts'

/** An object as its annotation has it. */
export interface AnnotatedObject extends SceneObject {
  /** Size of the picture that box and mask are meant for, where the annotation says it: `unit` for shares of width and height. */
  readonly size?: Size
}

/** The size of a picture whose boxes are shares of its width and height. */
export const unit: Size = { width: 1, height: 1 }

/** How an annotation made for one size fits a picture of another: pixel by pixel, after scaling both sides alike, or not at all. */
export function fitOf(size: Size, picture: Size): 'same' | 'scaled' | 'other' {
  if (size.width === picture.width && size.height === picture.height) return 'same'
  if (size === unit) return 'scaled'
  // A copy of the picture made smaller has whole pixels, so its sides are those of the same shape but for less than one.
  const off = (a: number, b: number, c: number, d: number) => Math.abs(a - (b * c) / d) < 1
  const { width, height } = size
  const alike = off(width, picture.width, height, picture.height) || off(picture.width, width, picture.height, height)
  return alike && width > 0 && height > 0 ? 'scaled' : 'other'
}

/** What can happen to an object on its way into a picture; a key a kind, its words for the user. */
export const happenings = {
  other: 'annotation for a picture of another shape, left out',
  scaled: 'annotation for a picture of another size, scaled',
  flat: 'box without area, left out',
  outside: 'box mostly outside the picture, left out',
  clipped: 'box reaches beyond the picture, clipped',
} as const

/**
 * The objects in pixels of their picture. What was annotated for another size is scaled, or left out if the shape differs; a box with at least
 * half of its area in the picture is clipped, another is left out.
 *
 * @returns also a note for each object that is not as it was annotated
 * @throws {Error} for a box that is none, and for a mask that has not as many pixels as its size says
 */
export function fitObjects(
  objects: readonly AnnotatedObject[],
  picture: Size,
): { readonly objects: readonly SceneObject[]; readonly notes: readonly string[] } {
  const notes: string[] = []
  const note = (happening: keyof typeof happenings) => void notes.push(happenings[happening])
  const fitted = objects.flatMap(({ label, box, mask, size = picture }): SceneObject[] => {
    if (!box.every(Number.isFinite) || box[0] > box[2] || box[1] > box[3])
      throw new Error(`expected a box [xmin, ymin, xmax, ymax], got [${box.join(', ')}]`)
    if (mask && mask.length !== size.width * size.height)
      throw new Error(`expected a mask of ${size.width} x ${size.height} pixels, got ${mask.length} pixels`)
    const fit = fitOf(size, picture)
    if (fit === 'other') {
      note('other')
      return []
    }
    if (fit === 'scaled' && size !== unit) note('scaled')
    if (mask) {
      const own = fit === 'same' ? mask : resizeMask(mask, size, picture)
      const around = boxAround(own, picture)
      // A mask without a pixel has the box of its annotation: the object is there, if too thin to be seen.
      if (around[2] > 0) return [{ label, box: around, mask: own }]
    }
    const scaled = scale(box, size, picture)
    const clipped = areaOf(scaled) > 0 ? clip(scaled, picture) : undefined
    if (!clipped) note(areaOf(scaled) > 0 ? 'outside' : 'flat')
    else if (clipped.changed) note('clipped')
    return clipped
      ? [{ label, box: clipped.box, ...(mask && { mask: new Uint8Array(picture.width * picture.height) }) }]
      : []
  })
  return { objects: fitted, notes }
}

export const areaOf = ([xmin, ymin, xmax, ymax]: Box): number => (xmax - xmin) * (ymax - ymin)

const scale = (box: Box, from: Size, to: Size): Box => {
  if (from.width === to.width && from.height === to.height) return box
  const [x, y] = [to.width / from.width, to.height / from.height]
  return [box[0] * x, box[1] * y, box[2] * x, box[3] * y]
}

/** The part of a box in the picture; nothing unless at least half of its area is there. */
function clip(box: Box, { width, height }: Size): { readonly box: Box; readonly changed: boolean } | undefined {
  const [left, top] = [Math.max(0, box[0]), Math.max(0, box[1])]
  const [right, bottom] = [Math.min(width, box[2]), Math.min(height, box[3])]
  const inside: Box = [left, top, right, bottom]
  if (right < left || bottom < top || areaOf(inside) < areaOf(box) / 2) return undefined
  return { box: inside, changed: inside.some((edge, i) => edge !== box[i]) }
}
