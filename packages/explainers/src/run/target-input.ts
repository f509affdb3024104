import type { ExplainableModel } from '@vitrine/models'
import { type HostTensor, input, oneHot, type Tensor } from '@vitrine/tensor'
import { classOfTarget, type Target, weightsOf } from '../contract/target.ts'

/** How a program is told what to explain: the index of a class, or how much each class counts. */
export type TargetInput = 'given' | 'weighted'

/** What tells a program of some targets: indices are enough where all are classes. */
export const inputFor = (targets: readonly Target[]): TargetInput =>
  targets.every(target => typeof target === 'number') ? 'given' : 'weighted'

/** Weights of classes, `[batch, classes]`, from the input `target`. */
export const targetInput = ({ classes }: ExplainableModel, batch: number, kind: TargetInput): Tensor =>
  kind === 'given' ? oneHot(input('target', [batch], 'int'), classes) : input('target', [batch, classes])

/** The input `target` for the rows of a batch; rows without a target are filled up. */
export function targetRows(targets: readonly Target[], batch: number, classes: number, kind: TargetInput): HostTensor {
  if (kind === 'given') {
    const data = new Int32Array(batch)
    data.set(targets.map(classOfTarget))
    return { shape: [batch], data }
  }
  const data = new Float32Array(batch * classes)
  targets.forEach((target, row) => {
    data.set(weightsOf(target, classes), row * classes)
  })
  return { shape: [batch, classes], data }
}
