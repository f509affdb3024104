import type { Grid } from '../config.ts'
import type { AxialAngles, RotaryPositions } from './rotary.ts'

interface Kind {
  readonly layout: RotaryPositions['layout']
  readonly first: AxialAngles['first']
  readonly temperature: number
  /** The coordinate of a row or column among so many. */
  readonly coordinate: (index: number, count: number) => number
}

// The grid in which EVA-02 was trained: positions of others are brought to it.
const EVA_GRID = 16

/** The published forms of rotary positions whose angles are no weights. */
const KINDS = {
  // Fang et al., 2023: EVA-02; also timm's own ViTs with `_rope_reg` in their names.
  eva: {
    layout: 'interleaved',
    first: 'rows',
    temperature: 10_000,
    coordinate: (i, count) => (i / count) * EVA_GRID,
  },
  // Heo et al., ECCV 2024
  'rope-vit': { layout: 'interleaved', first: 'columns', temperature: 100, coordinate: i => i },
  // Siméoni et al., 2025: the centre of a patch, between -1 and 1, in whole turns.
  dinov3: {
    layout: 'halves',
    first: 'rows',
    temperature: 100,
    coordinate: (i, count) => 2 * Math.PI * ((2 * (i + 0.5)) / count - 1),
  },
} as const satisfies Readonly<Record<string, Kind>>

/** The models whose form it is. */
export type PublishedRotary = keyof typeof KINDS

/**
 * Rotary positions of a grid's patches, as the published models of a kind have them.
 *
 * @param size channels of a head
 * @param temperature that of the published models if absent
 */
export function publishedRotary(
  kind: PublishedRotary,
  { rows, columns }: Grid,
  size: number,
  temperature: number = KINDS[kind].temperature,
): RotaryPositions {
  const { layout, first, coordinate } = KINDS[kind]
  const coordinates = (count: number): number[] => Array.from({ length: count }, (_, i) => coordinate(i, count))
  const frequencies = Array.from({ length: size / 4 }, (_, i) => temperature ** (-i / (size / 4)))
  return { layout, angles: { first, rows: coordinates(rows), columns: coordinates(columns), frequencies } }
}
