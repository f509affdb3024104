import {
  add,
  concat,
  constant,
  gather,
  linear,
  mul,
  ones,
  reshape,
  type Tensor,
  transpose,
  zeros,
} from '@vitrine/tensor'
import type { Layers } from './layers.ts'

/**
 * Rotary positions (Su et al., 2021; for images Heo et al., ECCV 2024): pairs of channels of queries and keys are turned by angles that
 * depend on where a patch stands. Tokens before the patches are not turned.
 */
export interface RotaryPositions {
  /** Which channels of a head make a pair: neighbours, or those at the same place of its two halves. */
  readonly layout: 'interleaved' | 'halves'
  /**
   * The angles of each pair: a frequency times the coordinate on one axis, on one axis for the first half of the pairs and on the other for
   * the rest; or learned, in which case each block has cosines and sines of its own.
   */
  readonly angles: AxialAngles | 'learned'
}

export interface AxialAngles {
  /** The axis of the first half of the pairs. */
  readonly first: 'rows' | 'columns'
  /** The coordinate of each row and of each column. */
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  /** A quarter as many as a head has channels. */
  readonly frequencies: readonly number[]
}

/** How the tokens of one pass are turned. */
export interface Turns {
  /** `[1 or passes, 1 or heads, tokens, size]`, both. */
  readonly cos: Tensor
  readonly sin: Tensor
  /** The weight of a linear layer `[size, size]` that gives each channel its partner, with the sign of a quarter turn. */
  readonly partner: Tensor
}

/** x cos + partner(x) sin, for queries or keys `[batch, heads, tokens, size]`. */
export const turn = (x: Tensor, { cos, sin, partner }: Turns): Tensor => add(mul(x, cos), mul(linear(x, partner), sin))

/** The channels of pair i, of `size` channels. */
const pairOf = (layout: RotaryPositions['layout'], i: number, size: number): readonly [number, number] =>
  layout === 'interleaved' ? [2 * i, 2 * i + 1] : [i, i + size / 2]

/** Angles of pairs, row by row, as one number for each channel of a patch. */
export function spread(
  layout: RotaryPositions['layout'],
  angles: ArrayLike<number>,
  size: number,
  of: (angle: number) => number,
): Float64Array {
  const out = new Float64Array(2 * angles.length)
  for (let k = 0; k < angles.length; k++) {
    const [patch, i] = [Math.floor(k / (size / 2)), k % (size / 2)]
    for (const channel of pairOf(layout, i, size)) out[patch * size + channel] = of(angles[k] ?? 0)
  }
  return out
}

/** The angle of each pair of each patch, `[patches, size / 2]`. */
function axialAngles({ first, rows, columns, frequencies }: AxialAngles): number[] {
  return rows.flatMap(row =>
    columns.flatMap(column =>
      (first === 'rows' ? [row, column] : [column, row]).flatMap(at => frequencies.map(frequency => at * frequency)),
    ),
  )
}

function partnerMatrix(layout: RotaryPositions['layout'], size: number): Tensor {
  const matrix = new Float64Array(size * size)
  for (let i = 0; i < size / 2; i++) {
    const [a, b] = pairOf(layout, i, size)
    matrix[a * size + b] = -1
    matrix[b * size + a] = 1
  }
  return constant(matrix, [size, size])
}

/** What the turns of a model depend on. */
export interface RotaryGeometry {
  readonly heads: number
  /** Channels of a head. */
  readonly size: number
  /** Tokens before the patches, and patches. */
  readonly prefix: number
  readonly count: number
}

/**
 * Makes the turns of a block.
 *
 * @param chosen the patches that are kept, int `[passes, kept]`; all if absent
 */
export function rotaryTurns(
  layers: Layers,
  { layout, angles }: RotaryPositions,
  { heads, size, prefix, count }: RotaryGeometry,
): (index: number, chosen?: Tensor) => Turns {
  const partner = partnerMatrix(layout, size)
  const fixed = angles === 'learned' ? undefined : axialAngles(angles)
  const table = (index: number, of: 'cos' | 'sin'): Tensor =>
    fixed
      ? constant(spread(layout, fixed, size, Math[of]), [1, count, size])
      : layers.parameter(`blocks.${index}.attn.rotary.${of}`, [heads, count, size])
  const axial = fixed && { cos: table(0, 'cos'), sin: table(0, 'sin') }
  return (index, chosen) => {
    const { cos, sin } = axial ?? { cos: table(index, 'cos'), sin: table(index, 'sin') }
    const placed = (x: Tensor, before: (shape: number[]) => Tensor): Tensor => {
      const patches = chosen ? rowsOf(x, chosen) : reshape(x, [1, ...x.shape])
      const [passes = 1, groups = 1] = patches.shape
      return prefix === 0 ? patches : concat([before([passes, groups, prefix, size]), patches], 2)
    }
    return { cos: placed(cos, ones), sin: placed(sin, zeros), partner }
  }
}

/** The rows of chosen patches for each pass: `[groups, patches, size]` to `[passes, groups, kept, size]`. */
function rowsOf(x: Tensor, chosen: Tensor): Tensor {
  const [groups = 1, , size = 1] = x.shape
  const [passes = 1, kept = 1] = chosen.shape
  const rows = gather(x, reshape(chosen, [passes * kept]), 1)
  return transpose(reshape(rows, [groups, passes, kept, size]), [1, 0, 2, 3])
}
