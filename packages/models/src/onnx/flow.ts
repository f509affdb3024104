import { isFixed, only, operandsOf, type Tensor, topological } from '@vitrine/tensor'

/** What is computed of what, on the way to some outputs. */
export interface Flow {
  /** Operands before their consumers. */
  readonly order: readonly Tensor[]
  consumersOf(t: Tensor): readonly Tensor[]
  /** The one that reads a tensor, if there is just one. */
  consumerOf(t: Tensor): Tensor | undefined
  /** The same numbers under other shapes: the tensor, what it is a view of, and what is a view of it. */
  viewsOf(t: Tensor): ReadonlySet<Tensor>
}

export function flowOf(outputs: readonly Tensor[]): Flow {
  const order = topological(outputs)
  const consumers = new Map<Tensor, Tensor[]>()
  for (const node of order)
    for (const operand of new Set(node.inputs)) {
      const known = consumers.get(operand)
      if (known) known.push(node)
      else consumers.set(operand, [node])
    }
  const flow: Flow = {
    order,
    consumersOf: t => consumers.get(t) ?? [],
    consumerOf(t) {
      const [first, ...others] = flow.consumersOf(t)
      return others.length === 0 ? first : undefined
    },
    viewsOf(t) {
      const source = t.op === 'reshape' ? only(t) : t
      return new Set([source, ...flow.consumersOf(source).filter(node => node.op === 'reshape')])
    },
  }
  return flow
}

/** Whether a tensor depends on the image. */
export const isLive = (t: Tensor): boolean => !isFixed(t)

/** Ops that only move numbers. */
const MOVES: readonly string[] = ['reshape', 'transpose', 'slice', 'concat', 'pad', 'gather', 'broadcast']

export const isMove = (t: Tensor): boolean => MOVES.includes(t.op)

/** Whether an op is linear in what depends on the image: a move, a layer with fixed weights, a factor, a bias. */
export const isLinearStep = (t: Tensor): boolean =>
  isMove(t) || (['add', 'sub', 'mul', 'matmul'].includes(t.op) && t.inputs.some(isFixed))

/** The operand that depends on the image, of an op on it and something fixed; undefined for any other. */
export function liveOperand(t: Tensor): Tensor | undefined {
  const live = t.inputs.filter(isLive)
  return live.length === 1 ? live[0] : undefined
}

/** Tensors through which everything on the way to all of these passes, the nearest first. */
export function* commonSources(tensors: readonly Tensor[]): Generator<Tensor> {
  const frontier = new Set(tensors.filter(isLive))
  while (frontier.size > 0) {
    const newest = [...frontier].reduce((a, b) => (b.id > a.id ? b : a))
    if (frontier.size === 1) yield newest
    frontier.delete(newest)
    for (const operand of newest.inputs) if (isLive(operand)) frontier.add(operand)
  }
}

/** What a norm is applied to: of a layer norm, or of a quotient by a root of a mean of squares. */
export function normedBy(t: Tensor): Tensor | undefined {
  if (t.op === 'layerNorm') return only(t)
  if (t.op !== 'div') return undefined
  const [x, length] = operandsOf(t)
  return length.op === 'sqrt' ? x : undefined
}
