import { activationsOf, camOptions, centred, principalMap } from '../cam.ts'
import { explainer } from '../contract/explainer.ts'

/**
 * Eigen-CAM (Muhammad & Yeasin, IJCNN 2020) on tokens: activations, each channel centred over the patches, projected on their first
 * principal axis. An axis has no sign: the patch of largest absolute value is taken as positive.
 */
export default explainer({
  id: 'eigencam',
  name: 'Eigen-CAM',
  source: { authors: 'Muhammad & Yeasin', venue: 'IJCNN 2020', url: 'https://arxiv.org/abs/2008.00299' },
  formula: {
    tex: String.raw`M = (x - \bar x)\,v_1`,
    words: 'Activations projected on their first principal axis.',
  },
  family: 'cam',
  classSpecific: false,
  needs: ['activations'],
  signed: true,
  parity: 'library',
  options: camOptions,
  explain: (context, { layer }) => principalMap(context, centred(activationsOf(context, layer))),
})
