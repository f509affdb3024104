/**
 * A class against others: its logit minus the mean of theirs. The contrast of Finer-CAM (Zhang et al., CVPR 2025), which asks what sets a
 * class apart from those that look like it.
 */
export interface Contrast {
  readonly class: number
  /** Other classes, at least one. */
  readonly against: readonly number[]
}

/**
 * What is explained: the score of a class, by its index, or of a class against others. Texts, pictures and directions are explained as
 * the classes of a head that is made of them.
 */
export type Target = number | Contrast

/** What each class of an image is put against: the same classes, or so many whose logits are nearest to its own in that image. */
export type Against = { readonly classes: readonly number[] } | { readonly similar: number }

/** A rule as text: `similar:3`, or the indices of classes, `3/7`. */
export const againstLabel = (against: Against): string =>
  'similar' in against ? `similar:${against.similar}` : against.classes.join('/')

/** The class that a target is about. */
export const classOfTarget = (target: Target): number => (typeof target === 'number' ? target : target.class)

/**
 * A class under a rule, for one image.
 *
 * @param logits of the image, or any numbers that differ from them by a constant, such as the logarithms of probabilities
 * @returns the class itself where the rule leaves nothing to put it against: it is never put against itself
 */
export function targetUnder(against: Against | undefined, index: number, logits: ArrayLike<number>): Target {
  if (!against) return index
  if ('classes' in against) return contrast(index, against.classes)
  const distance = (other: number) => Math.abs((logits[other] ?? 0) - (logits[index] ?? 0))
  const others = Array.from(logits, (_, i) => i).filter(i => i !== index)
  return contrast(index, others.sort((a, b) => distance(a) - distance(b) || a - b).slice(0, against.similar))
}

function contrast(index: number, classes: readonly number[]): Target {
  const against = classes.filter(other => other !== index)
  return against.length === 0 ? index : { class: index, against }
}

/** How much each class counts in a target's score, `[classes]`: 1 for its class; against n others -1/n for each of them. */
export function weightsOf(target: Target, classes: number): Float32Array {
  const weights = new Float32Array(classes)
  weights[classOfTarget(target)] = 1
  if (typeof target !== 'number') for (const other of target.against) weights[other] = -1 / target.against.length
  return weights
}

/** The score of a target from one number per class: of logits a logit, of probabilities a probability or a difference of them. */
export function scoreOf(target: Target, values: ArrayLike<number>): number {
  if (typeof target === 'number') return values[target] ?? Number.NaN
  const mean = target.against.reduce((sum, other) => sum + (values[other] ?? Number.NaN), 0) / target.against.length
  return (values[target.class] ?? Number.NaN) - mean
}
