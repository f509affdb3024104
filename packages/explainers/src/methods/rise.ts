import { explainer } from '../contract/explainer.ts'
import { numeric, oneOf, whole } from '../contract/options.ts'
import { wholeBelow } from '../sampling/draws.ts'
import { maskedScore, patchMeans } from '../sampling/masks.ts'

/** A coarse grid of cells, 1 if kept, row by row, and by how many pixels the enlarged grid is moved. */
export interface RiseMask {
  readonly cells: ArrayLike<number>
  readonly down: number
  readonly right: number
}

/**
 * RISE (Petsiuk, Das & Saenko, BMVC 2018, eq. 6): random masks, each weighted by the probability of the class when the image is
 * seen through it, divided by how often a pixel is kept on average. A mask is a coarse grid of cells, each kept with probability
 * `keep`, enlarged bilinearly and moved at random (section 3.2); patches get the mean over their pixels.
 */
export default explainer({
  id: 'rise',
  name: 'RISE',
  source: { authors: 'Petsiuk et al.', venue: 'BMVC 2018', url: 'https://arxiv.org/abs/1806.07421' },
  formula: {
    tex: String.raw`M = \frac{1}{\mathbb E[m]}\operatorname*{mean}_m\; p(I \odot m)\, m`,
    words: 'Random masks, each weighted by the probability of the class when the image is seen through it.',
  },
  family: 'perturbation',
  classSpecific: true,
  randomness: 'seeded',
  parity: 'authors',
  options: {
    /** Masks, one forward pass each; the paper takes 4,000 to 8,000. */
    passes: whole(64, 1),
    /** Cells of the coarse grid along each side. */
    cells: whole(8, 2),
    keep: numeric(0.5, 0.01, 0.99),
    score: oneOf('probability', 'logit'),
  },
  programs(context, { score }) {
    const { height, width } = context.model.input.imageSize
    return { score: maskedScore(context, context.each('mask', [1, height, width]), score) }
  },
  async sample({ model, run, draw }, { passes, cells, keep }) {
    const { height, width } = model.input.imageSize
    const [cellHeight, cellWidth] = [Math.ceil(height / cells), Math.ceil(width / cells)]
    const masks = draw('masks', (uniform): RiseMask[] =>
      Array.from({ length: passes }, () => ({
        cells: Array.from({ length: cells * cells }, () => (uniform() < keep ? 1 : 0)),
        down: wholeBelow(uniform, cellHeight),
        right: wholeBelow(uniform, cellWidth),
      })),
    )
    const rows = enlargement((cells + 1) * cellHeight, cells)
    const columns = enlargement((cells + 1) * cellWidth, cells)
    // Buffers that all masks share: rows of cells enlarged to the image's width, and the mask's pixels interpolated between them.
    const wide = new Float64Array(cells * width)
    const pixels = new Float64Array(height * width)
    const enlarge = (mask: RiseMask): Float64Array => {
      for (let x = 0; x < width; x++) {
        const { low, high, share } = columns[x + mask.right] ?? NOWHERE
        for (let row = 0; row < cells * cells; row += cells)
          wide[(row / cells) * width + x] =
            (1 - share) * (mask.cells[row + low] ?? 0) + share * (mask.cells[row + high] ?? 0)
      }
      for (let y = 0; y < height; y++) {
        const { low, high, share } = rows[y + mask.down] ?? NOWHERE
        for (let x = 0; x < width; x++)
          pixels[y * width + x] = (1 - share) * (wide[low * width + x] ?? 0) + share * (wide[high * width + x] ?? 0)
      }
      return pixels
    }
    const count = masks.length
    const map = new Float64Array(model.grid.rows * model.grid.columns)
    const means: Float64Array[] = []
    const scores = await run('score', count, k => {
      const mask = masks[k] ? enlarge(masks[k]) : []
      means.push(patchMeans(model, pixels))
      return { mask }
    })
    scores.forEach(([score = Number.NaN], k) => {
      means[k]?.forEach((kept, patch) => {
        map[patch] = (map[patch] ?? 0) + (score * kept) / count / keep
      })
    })
    return map
  },
})

interface Between {
  readonly low: number
  readonly high: number
  /** How far from `low` to `high`. */
  readonly share: number
}

const NOWHERE: Between = { low: 0, high: 0, share: 0 }

/** Between which cells' centres each pixel of an enlarged row of cells lies. Beyond the outer centres the row is mirrored. */
const enlargement = (pixels: number, cells: number): Between[] =>
  Array.from({ length: pixels }, (_, i) => {
    const at = Math.abs(((i + 0.5) * cells) / pixels - 0.5)
    const inside = at > cells - 1 ? 2 * (cells - 1) - at : at
    const low = Math.floor(inside)
    return { low, high: Math.min(low + 1, cells - 1), share: inside - low }
  })
