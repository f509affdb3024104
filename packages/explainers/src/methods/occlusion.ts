import { explainer } from '../contract/explainer.ts'
import { oneOf, whole } from '../contract/options.ts'
import { maskedScore, patchPixels } from '../sampling/masks.ts'

/**
 * Occlusion (Zeiler & Fergus, ECCV 2014, section 4.2): what the class score loses when a square window of patches is set to the mean
 * colour, for windows at all places `stride` apart; a patch gets the mean over the windows that cover it (captum's `Occlusion`). One
 * forward pass for each place and one for the image itself.
 */
export default explainer({
  id: 'occlusion',
  name: 'Occlusion',
  source: { authors: 'Zeiler & Fergus', venue: 'ECCV 2014', url: 'https://arxiv.org/abs/1311.2901' },
  formula: {
    tex: String.raw`M_i = \operatorname*{mean}_{w \ni i}\big(y(I) - y(I_{\setminus w})\big)`,
    words:
      'What the class score loses when a window is set to the mean colour, averaged over the windows that cover a patch.',
  },
  family: 'perturbation',
  classSpecific: true,
  signed: true,
  parity: 'library',
  options: {
    /** Side of the window in patches. */
    window: whole(4, 1),
    stride: whole(3, 1),
    score: oneOf('logit', 'probability'),
  },
  programs(context, { score }) {
    const { rows, columns } = context.model.grid
    return { score: maskedScore(context, patchPixels(context.model, context.each('mask', [rows, columns])), score) }
  },
  async sample({ model: { grid }, run }, { window, stride }) {
    // The last window may reach beyond the border, where it is cut off.
    const starts = (size: number) =>
      Array.from({ length: Math.ceil(Math.max(size - window, 0) / stride) + 1 }, (_, i) => i * stride)
    const places = starts(grid.rows).flatMap(top => starts(grid.columns).map(left => ({ top, left })))
    const covers = (place: { top: number; left: number } | undefined, patch: number) => {
      const [row, column] = [Math.floor(patch / grid.columns), patch % grid.columns]
      return (
        place !== undefined &&
        row >= place.top &&
        row < place.top + window &&
        column >= place.left &&
        column < place.left + window
      )
    }
    const patches = Array.from({ length: grid.rows * grid.columns }, (_, patch) => patch)
    const scores = await run('score', places.length + 1, row => ({
      mask: patches.map(patch => (covers(places[row], patch) ? 0 : 1)),
    }))
    const whole = scores[places.length]?.[0] ?? Number.NaN
    return Float64Array.from(patches, patch => {
      const losses = places.flatMap((place, i) =>
        covers(place, patch) ? [whole - (scores[i]?.[0] ?? Number.NaN)] : [],
      )
      // With a stride longer than the window, patches that no window covers get 0.
      return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(losses.length, 1)
    })
  },
})
