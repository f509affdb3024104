import type { Grid } from '../config.ts'
import type { AxialAngles, RotaryPositions } from './rotary.ts'

interface Kind {
  readonly layout: RotaryPositions['layout']
  readonly first: AxialAngles['first']
  readonly temperature: number
  /** The coordinate of a row or column among so many; of kinds that say so, brought to those of the grid that it was trained with. */
  readonly coordinate: (index: number, count: number, trained: number) => number
  /** Rows and columns of that grid, where all published models were trained with one. */
  readonly trained?: number
}

/** The published forms of rotary positions whose angles are no weights. */
const KINDS = {
  // Fang et al., 2023: EVA-02; also timm's own ViTs with `_rope_reg` in their names.
  eva: {
    layout: 'interleaved',
    first: 'rows',
    temperature: 10_000,
    coordinate: (i, count, trained) => (i / count) * trained,
    trained: 16,
  },
  // Bolya et al., 2025. The class token is not turned, so that it matters that coordinates begin with 1.
  'pe-core': {
    layout: 'interleaved',
    first: 'columns',
    temperature: 10_000,
    coordinate: (i, count, trained) => ((i + 1) / count) * trained,
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

/** What may be said of rotary positions. */
export interface RotaryOptions {
  /** That of the published models if absent. */
  readonly temperature?: number | undefined
  /** The grid that a model was trained with; that of the published models of its kind, else the one that is asked for, if absent. */
  readonly trained?: Grid | undefined
}

/**
 * Rotary positions of a grid's patches, as the published models of a kind have them.
 *
 * @param size channels of a head
 */
export function publishedRotary(
  kind: PublishedRotary,
  { rows, columns }: Grid,
  size: number,
  said: RotaryOptions = {},
): RotaryPositions {
  const { layout, first, coordinate, trained, temperature: usual }: Kind = KINDS[kind]
  const temperature = said.temperature ?? usual
  const coordinates = (count: number, own = count): number[] =>
    Array.from({ length: count }, (_, i) => coordinate(i, count, trained ?? own))
  const frequencies = Array.from({ length: size / 4 }, (_, i) => temperature ** (-i / (size / 4)))
  return {
    layout,
    angles: {
      first,
      rows: coordinates(rows, said.trained?.rows),
      columns: coordinates(columns, said.trained?.columns),
      frequencies,
    },
  }
}
