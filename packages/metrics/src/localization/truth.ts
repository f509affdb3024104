import { fillBox } from '../box.ts'
import { MetricError } from '../errors.ts'
import type { Fill, Grid, TruthObjects, TruthRule } from '../protocol.ts'
import type { Box, Size, Truth } from '../types.ts'

/** The pixels of a box in whole pixels, `[left, top, right, bottom)`. */
export const filled: { readonly [F in Fill]: (box: Box) => Box } = {
  inclusive: ([xmin, ymin, xmax, ymax]) => [xmin, ymin, xmax + 1, ymax + 1],
  'half-open': box => box,
}

/** The grid on which the protocol compares map and truth. */
export function gridOf(grid: Grid, { width, height }: Truth): Size {
  return grid.kind === 'fixed' ? { width: grid.width, height: grid.height } : { width, height }
}

function check({ width, height, boxes, mask }: Truth): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new MetricError('truth', `expected a size in whole pixels, got ${width} x ${height}`)
  }
  if (mask !== undefined && mask.length !== width * height) {
    throw new MetricError('truth', `expected a mask of ${width} x ${height} pixels, got ${mask.length}`)
  }
  for (const box of boxes) {
    if (!box.every(Number.isFinite) || box[0] > box[2] || box[1] > box[3]) {
      throw new MetricError('truth', `expected a box [xmin, ymin, xmax, ymax], got [${box.join(', ')}]`)
    }
  }
}

type Rasterize<Kind extends TruthRule['kind']> = (
  rule: Extract<TruthRule, { kind: Kind }>,
  truth: Truth,
  grid: Size,
) => Uint8Array

const rasterize: { [Kind in TruthRule['kind']]: Rasterize<Kind> } = {
  boxes(rule, { width, height, boxes }, grid) {
    const pixels = new Uint8Array(grid.width * grid.height)
    for (const [xmin, ymin, xmax, ymax] of boxes) {
      const across = (x: number) => Math.trunc((x / width) * grid.width)
      const down = (y: number) => Math.trunc((y / height) * grid.height)
      fillBox(pixels, grid, filled[rule.fill]([across(xmin), down(ymin), across(xmax), down(ymax)]))
    }
    return pixels
  },
  'mask-or-boxes'(rule, { width, height, boxes, mask }, grid) {
    if (grid.width !== width || grid.height !== height) {
      throw new MetricError('truth', `expected the annotation's own grid, got ${grid.width} x ${grid.height}`)
    }
    if (mask !== undefined) return mask
    const pixels = new Uint8Array(width * height)
    const firstCentre = (edge: number) => Math.ceil(edge - 0.5)
    for (const [xmin, ymin, xmax, ymax] of boxes) {
      const box: Box = [firstCentre(xmin), firstCentre(ymin), firstCentre(xmax), firstCentre(ymax)]
      fillBox(pixels, grid, filled[rule.fill](box))
    }
    return pixels
  },
}

/**
 * The annotated pixels on the grid, `[grid height, grid width]` of 0 and 1; `null` if there are none.
 *
 * @throws {MetricError} if a box is inside out or the mask has the wrong size
 */
export function truthPixels(rule: TruthRule, truth: Truth, grid: Size): Uint8Array | null {
  check(truth)
  const pixels = (rasterize[rule.kind] as Rasterize<TruthRule['kind']>)(rule, truth, grid)
  return pixels.includes(1) ? pixels : null
}

type Labelled = { readonly label: number }

const counting: {
  readonly [Rule in TruthObjects]: <T extends Labelled>(labelled: readonly T[], explained: readonly T[]) => readonly T[]
} = {
  label: labelled => labelled,
  'explained-else-label': (labelled, explained) => (explained.length > 0 ? explained : labelled),
}

/** The annotated objects of an image that are the truth about an explained class. */
export function objectsThatCount<T extends Labelled>(
  rule: TruthObjects,
  objects: readonly T[],
  { label, explained }: { readonly label: number; readonly explained: number },
): readonly T[] {
  const of = (asked: number) => objects.filter(object => object.label === asked)
  return counting[rule](of(label), of(explained))
}
