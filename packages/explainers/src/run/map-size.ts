import type { ExplainableModel } from '@vitrine/models'
import { ExplainerError } from '../errors.ts'

/** Rows and columns of a map of so many numbers: one for each patch, or one for each pixel. */
export function mapSize(
  { grid, input: { imageSize } }: ExplainableModel,
  numbers: number,
): { rows: number; columns: number } {
  if (numbers === grid.rows * grid.columns) return grid
  if (numbers === imageSize.height * imageSize.width) return { rows: imageSize.height, columns: imageSize.width }
  throw new ExplainerError(
    `a map: expected ${grid.rows} x ${grid.columns} or ${imageSize.height} x ${imageSize.width} numbers, got ${numbers}`,
  )
}
