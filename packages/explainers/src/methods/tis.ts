import { concat, transpose } from '@vitrine/tensor'
import { patchTokens } from '../attention.ts'
import { explainer } from '../contract/explainer.ts'
import { numeric, whole } from '../contract/options.ts'
import { UnsupportedError } from '../errors.ts'
import { pick } from '../gradients.ts'
import { patchCount, separate } from '../sampling/activations.ts'
import { clusterCentres } from '../sampling/clusters.ts'

/**
 * Transformer Input Sampling (Englebert et al., ICCV Workshop 2023): the image is seen through subsets of its tokens, the others
 * left out after the positions are added. A subset are the tokens with the highest values in a cluster centre (k-means) of all
 * channels of all blocks' outputs. A token's value is the mean probability of the class over the subsets that hold it.
 *
 * A pass over part of the tokens costs a little less than that part of a forward pass.
 */
export default explainer({
  id: 'tis',
  name: 'Transformer Input Sampling',
  source: {
    authors: 'Englebert et al.',
    venue: 'ICCV Workshop 2023',
    url: 'https://doi.org/10.1109/ICCVW60793.2023.00170',
  },
  formula: {
    tex: String.raw`M_i = \operatorname*{mean}_{T \ni i}\; p(\text{tokens } T)`,
    words: 'A token is worth the mean probability of the class over the subsets of tokens that hold it.',
  },
  family: 'perturbation',
  classSpecific: true,
  needs: ['tokens', 'token-subsets'],
  randomness: 'seeded',
  parity: 'authors',
  options: {
    /** Subsets, one shortened pass each; the paper takes 1,024. */
    passes: whole(32, 1),
    /** The share of the patches that a subset keeps. */
    ratio: numeric(0.5, 0.01, 0.99),
  },
  programs({ model, image, target, each }, { ratio }) {
    const patches = patchCount(model)
    const kept = Math.floor(ratio * patches)
    if (kept === 0)
      throw new UnsupportedError(`ratio: expected to keep at least one of ${patches} patches, got ${ratio}`)
    const channels = model.trace(image).blocks.map(block => patchTokens(model, block.output))
    return {
      activations: transpose(concat(channels, 2), [0, 2, 1]),
      score: pick(model.trace(image, { patches: each('patches', [kept], 'int') }).probabilities, target),
    }
  },
  async sample({ model, run, draw }, { passes, ratio }) {
    const patches = patchCount(model)
    const kept = Math.floor(ratio * patches)
    const [activations] = await run('activations', 1)
    const subsets = draw('subsets', uniform =>
      clusterCentres(separate(activations, patches), passes, uniform).map(centre =>
        Array.from(centre, (value, patch) => ({ value, patch }))
          .sort((a, b) => b.value - a.value || a.patch - b.patch)
          .slice(0, kept)
          .map(({ patch }) => patch)
          .sort((a, b) => a - b),
      ),
    )
    const scores = await run('score', subsets.length, k => ({ patches: subsets[k] ?? [] }))
    const [sums, counts] = [new Float64Array(patches), new Float64Array(patches)]
    subsets.forEach((subset, k) => {
      for (const patch of subset) {
        sums[patch] = (sums[patch] ?? 0) + (scores[k]?.[0] ?? Number.NaN)
        counts[patch] = (counts[patch] ?? 0) + 1
      }
    })
    // A patch that no subset holds gets 0.
    return sums.map((sum, patch) => sum / Math.max(counts[patch] ?? 0, 1))
  },
})
