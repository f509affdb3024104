import type { MetricId } from '@vitrine/metrics'

/** What each metric cannot tell. */
export const pitfalls: { readonly [Id in MetricId]?: string } = {
  'pixel-accuracy': 'Small objects make an empty map look good: most pixels are background.',
  iou: 'Depends on the threshold; a method whose values are spread otherwise peaks at another one. See the curve, not the point.',
  dice: 'Ranks single images as IoU does; means can differ, since large overlaps weigh less.',
  precision: 'One right pixel suffices for 1; read it with recall.',
  recall: 'The whole image has 1; read it with precision.',
  abpc: 'Pixels taken away make images that the model was never trained on; part of the drop is that.',
  'morf-area': 'Low also for a model that breaks at any disturbance; read it with LeRF.',
  'lerf-area': 'High also for a model that ignores most of the image; read it with MoRF.',
  'pointing-game': 'Looks at one pixel: a map that is wrong everywhere else still scores.',
  'mass-accuracy': 'A large object holds much mass of any map.',
  'rank-accuracy': 'Looks at as many pixels as the object has, and not at how much stronger they are.',
  'roc-auc': 'Blind to calibration, and kind to maps on images that are mostly background.',
  'average-precision': 'Its floor is the share of the object, so values of different datasets do not compare.',
}
