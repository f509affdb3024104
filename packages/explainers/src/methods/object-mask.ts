import { explainer } from '../contract/explainer.ts'

/**
 * Control: the share of each patch that the object covers. It is about the best that a map on the patch grid can localize, and the only
 * method that is told where the object is.
 */
export default explainer({
  id: 'object-mask',
  name: 'Object mask',
  source: { authors: 'control', venue: '', url: '' },
  formula: {
    tex: String.raw`M_i = \frac{|\text{object} \cap \text{patch}_i|}{|\text{patch}_i|}`,
    words: 'The share of each patch that the object covers.',
  },
  family: 'control',
  classSpecific: true,
  readsTruth: true,
  programs: () => ({}),
  async sample({ model: { grid }, truth }) {
    const covered = new Float64Array(grid.rows * grid.columns)
    if (!truth) return covered
    const { width, height, mask } = truth
    // A pixel that lies across a border counts for each patch by its share.
    const shares = (i: number, pixels: number, cells: number): [cell: number, share: number][] => {
      const [from, to] = [(i * cells) / pixels, ((i + 1) * cells) / pixels]
      return Array.from({ length: Math.ceil(to) - Math.floor(from) }, (_, k) => {
        const cell = Math.floor(from) + k
        return [cell, Math.min(to, cell + 1) - Math.max(from, cell)]
      })
    }
    const down = Array.from({ length: height }, (_, y) => shares(y, height, grid.rows))
    const across = Array.from({ length: width }, (_, x) => shares(x, width, grid.columns))
    down.forEach((rows, y) => {
      across.forEach((columns, x) => {
        const inside = mask[y * width + x] ?? 0
        if (inside === 0) return
        for (const [row, h] of rows)
          for (const [column, w] of columns) {
            const patch = row * grid.columns + column
            covered[patch] = (covered[patch] ?? 0) + inside * h * w
          }
      })
    })
    return covered
  },
})
