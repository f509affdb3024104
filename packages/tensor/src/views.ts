import { reshape, slice, transpose } from './movement.ts'
import type { Op, Tensor, TensorOf } from './ops.ts'
import { dim, only, show } from './tensor.ts'

/** Thrown for a tensor that a computation was asked about and that is no part of it; the message names the tensor. */
export class UnusedTensorError extends Error {
  override readonly name = 'UnusedTensorError'
  constructor(where: string, t: Tensor, expected: string) {
    const name = t.op === 'input' || t.op === 'parameter' ? ` "${t.params.name}"` : ''
    super(
      `[vitrine] [tensor] ${where}: expected ${expected}, got ${t.op}${name} ${t.dtype} ${show(t.shape)}, which is no part of them`,
    )
  }
}

/** How an op views its operand: its elements, or some of them, in another place. */
interface View<O extends Op> {
  /** The same view of another tensor of the operand's shape. */
  readonly of: (node: TensorOf<O>, x: Tensor) => Tensor
  /** The tensor of the operand's shape that is viewed as `y`; none where the view leaves elements out. */
  readonly inverse?: (node: TensorOf<O>, y: Tensor) => Tensor
}

type Views = { readonly [O in Op]?: View<O> }

const views: Views = {
  reshape: {
    of: (node, x) => reshape(x, node.shape),
    inverse: (node, y) => reshape(y, only(node).shape),
  },
  transpose: {
    of: (node, x) => transpose(x, node.params.permutation),
    inverse: (node, y) => transpose(y, inverted(node.params.permutation)),
  },
  slice: {
    of: ({ params: { starts, ends } }, x) =>
      slice(
        x,
        starts.map((start, i) => [start, dim(ends, i)]),
      ),
  },
}

/** The permutation that undoes another one. */
export const inverted = (permutation: readonly number[]): number[] =>
  permutation.map((_, axis) => permutation.indexOf(axis))

/** A tensor as a view of another one that lies on the way of a computation. */
export interface Seen {
  readonly source: Tensor
  /** The views between both, the one next to the source first; none where the tensor itself is on the way. */
  readonly steps: readonly Tensor[]
}

/**
 * Finds the tensor on the way that `t` is, or is a view of. Builders of tensors merge views (a reshape of a reshape is one), so a tensor
 * that a model hands out can be a view beside the way that the computation took. Undefined where there is none.
 */
export function seenOn(isOnTheWay: (t: Tensor) => boolean, t: Tensor): Seen | undefined {
  const steps: Tensor[] = []
  let source = t
  while (!isOnTheWay(source)) {
    if (!views[source.op]) return undefined
    steps.unshift(source)
    source = only(source)
  }
  return { source, steps }
}

/** What a tensor of the source's shape is when it is viewed alike. */
export const viewedAlike = ({ steps }: Seen, x: Tensor): Tensor =>
  steps.reduce((y, node) => viewOf(node)?.of(node, y) ?? y, x)

/** Whether a view shows all elements of its source, so that one can stand for the other. */
export const isWhole = ({ steps }: Seen): boolean => steps.every(node => viewOf(node)?.inverse)

/** The tensor of the source's shape that is `x` when it is viewed alike; of whole views only. */
export const unviewed = ({ steps }: Seen, x: Tensor): Tensor =>
  steps.reduceRight((y, node) => viewOf(node)?.inverse?.(node, y) ?? y, x)

const viewOf = (node: Tensor): View<Op> | undefined => views[node.op] as View<Op> | undefined
