import { rectifyOption } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'
import { whole } from '../contract/options.ts'
import { channelMaps, lastActivations, minMax, patchCount, separate, weightedSum } from '../sampling/activations.ts'
import { maskedScore, resized } from '../sampling/masks.ts'

/**
 * Score-CAM (Wang et al., CVPR Workshop 2020) on tokens: every channel of the activations after the last block's first norm is a
 * mask, scaled to [0, 1] and enlarged; the channels are weighted by the softmax over them of the class's logit when the image is
 * seen through them, and the positive part of the sum is kept (`rectify`).
 */
export default explainer({
  id: 'score-cam',
  name: 'Score-CAM',
  source: { authors: 'Wang et al.', venue: 'CVPR Workshop 2020', url: 'https://arxiv.org/abs/1910.01279' },
  formula: {
    tex: String.raw`M = \left[\sum_k \alpha_k\, x_k\right]_+,\qquad \alpha_k = \operatorname*{softmax}_k\; y\big(I \odot m(x_k)\big)`,
    words: 'Channels weighted by the class score when the image is seen through them.',
  },
  family: 'perturbation',
  classSpecific: true,
  needs: ['activations'],
  parity: 'library',
  options: {
    /**
     * Forward passes at most, one for each channel. Where the model has more channels, those that vary most over the patches are taken
     * (Faster Score-CAM).
     */
    passes: whole(32, 1),
    rectify: rectifyOption,
  },
  programs(context) {
    const { model, each } = context
    const mask = each('mask', [model.grid.rows, model.grid.columns])
    return {
      activations: channelMaps(model, lastActivations(context).activations),
      score: maskedScore(context, minMax(resized(model, mask, true)), 'logit'),
    }
  },
  async sample({ model, run }, { passes, rectify }) {
    const [activations] = await run('activations', 1)
    const maps = mostVarying(separate(activations, patchCount(model)), passes)
    const logits = (await run('score', maps.length, k => ({ mask: maps[k] ?? [] }))).map(
      ([logit = Number.NaN]) => logit,
    )
    const largest = Math.max(...logits)
    const weights = logits.map(logit => Math.exp(logit - largest))
    const total = weights.reduce((sum, w) => sum + w, 0)
    const map = weightedSum(
      maps,
      weights.map(w => w / total),
    )
    return rectify ? map.map(value => Math.max(value, 0)) : map
  },
})

function mostVarying<M extends ArrayLike<number>>(maps: readonly M[], count: number): readonly M[] {
  if (maps.length <= count) return maps
  const variance = (map: M) => {
    const values = Array.from(map)
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
  }
  const ranked = maps.map((map, channel) => ({ channel, variance: variance(map) }))
  ranked.sort((a, b) => b.variance - a.variance || a.channel - b.channel)
  const chosen = new Set(ranked.slice(0, count).map(r => r.channel))
  return maps.filter((_, channel) => chosen.has(channel))
}
