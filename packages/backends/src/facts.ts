import { isFixed, type Program, type Shape, sizeOf, type Tensor } from '@vitrine/tensor'

/** What a lowering may ask about the program around a tensor. */
export interface Facts {
  /** Whether the tensor is read exactly once, by `consumer`, and is not an output. */
  onlyFor(t: Tensor, consumer: Tensor): boolean
}

export function factsOf({ nodes, outputs }: Program): Facts {
  const reads = new Map<Tensor, Tensor[]>()
  for (const node of nodes)
    for (const t of node.inputs) {
      const consumers = reads.get(t)
      if (consumers) consumers.push(node)
      else reads.set(t, [node])
    }
  const results = new Set(Object.values(outputs))
  return {
    onlyFor(t, consumer) {
      const consumers = reads.get(t) ?? []
      return consumers.length === 1 && consumers[0] === consumer && !results.has(t)
    },
  }
}

/**
 * The operands of an op whose kernel broadcasts, without the explicit repeats that it needs no more: `add(broadcast(x), y)` can read x
 * if y alone has the shape of the result. `broadcasts` says whether operands of these shapes give that shape.
 */
export function unrepeated(operands: readonly Tensor[], broadcasts: (shapes: readonly Shape[]) => boolean): Tensor[] {
  const read = [...operands]
  read.forEach((t, i) => {
    const [source] = t.inputs
    if (t.op !== 'broadcast' || !source) return
    read[i] = source
    if (!broadcasts(read.map(r => r.shape))) read[i] = t
  })
  return read
}

/** Whether shapes broadcast to exactly `result` by NumPy's rule, given that they do broadcast. */
export const broadcastTo = (shapes: readonly Shape[], result: Shape): boolean =>
  Math.max(...shapes.map(s => s.length)) === result.length &&
  result.every((n, i) => n === 1 || shapes.some(s => s[i - result.length + s.length] === n))

/** A matrix that is the same at every run: what a linear layer multiplies by. */
export const isWeightMatrix = (t: Tensor): boolean => t.shape.length === 2 && isFixed(t)

/** Whether a tensor is fixed and varies along the last axis only. */
export const isBiasOf = (t: Tensor, width: number): boolean =>
  isFixed(t) && t.shape.at(-1) === width && sizeOf(t.shape) === width
