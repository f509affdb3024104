import type { Sample } from '@vitrine/datasets/sample'
import type { ObjectMask } from '@vitrine/explainers'
import { objectsThatCount, type Protocol, type Truth, truthPixels } from '@vitrine/metrics'

/** Where a class is in a sample: its masks, or its boxes filled, or nowhere. */
export function objectMask(sample: Sample, target: number): ObjectMask {
  const truth = truthOf(sample, 'explained-else-label', target)
  const { width, height } = truth
  const mask = truthPixels({ kind: 'mask-or-boxes', fill: 'half-open' }, truth, { width, height })
  return { width, height, mask: mask ?? new Uint8Array(width * height) }
}

/** What is annotated in an image: of a sample, or of a page that shows one. */
export interface Annotated extends Pick<Sample, 'label'> {
  readonly image: Pick<Sample['image'], 'width' | 'height'>
  readonly objects: readonly Pick<Sample['objects'][number], 'label' | 'box' | 'mask'>[]
  readonly distractors?: readonly unknown[]
}

/** What is annotated about an explained class. */
export function truthOf(
  { image: { width, height }, label, objects, distractors = [] }: Annotated,
  rule: Protocol['localization']['objects'],
  explained: number,
): Truth {
  const shown = objectsThatCount(rule, objects, { label, explained })
  const boxes = shown.map(object => object.box)
  const masks = shown.flatMap(object => (object.mask ? [object.mask] : []))
  const [first, ...rest] = masks
  const others = objects.length - shown.length + distractors.length
  if (!first || masks.length < shown.length) return { width, height, boxes, others }
  const mask = Uint8Array.from(first)
  for (const other of rest) for (let p = 0; p < mask.length; p++) if (other[p] === 1) mask[p] = 1
  return { width, height, boxes, mask, others }
}
