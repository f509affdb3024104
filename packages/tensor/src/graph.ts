import type { Tensor } from './ops.ts'

/**
 * Every tensor that the given ones are computed from, and themselves, operands before their consumers: depth first, so that the
 * order is a property of the graph alone.
 */
export function topological(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = []
  const entered = new Set<Tensor>()
  const left = new Set<Tensor>()
  const pending = outputs.toReversed()
  for (let t = pending.at(-1); t; t = pending.at(-1)) {
    if (entered.has(t)) {
      pending.pop()
      if (left.has(t)) continue
      left.add(t)
      order.push(t)
    } else {
      entered.add(t)
      for (const operand of t.inputs.toReversed()) if (!entered.has(operand)) pending.push(operand)
    }
  }
  return order
}

const fixed = new WeakMap<Tensor, boolean>()

/** Whether a tensor depends on no input: the same at every run. */
export function isFixed(t: Tensor): boolean {
  const pending = [t]
  for (let node = pending.at(-1); node; node = pending.at(-1)) {
    const open = fixed.has(node) ? [] : node.inputs.filter(operand => !fixed.has(operand))
    if (open.length > 0) {
      for (const operand of open) pending.push(operand)
      continue
    }
    pending.pop()
    if (!fixed.has(node)) fixed.set(node, node.op !== 'input' && node.inputs.every(operand => fixed.get(operand)))
  }
  return fixed.get(t) === true
}
