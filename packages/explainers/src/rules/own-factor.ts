import { isFixed, type Op, operandsOf, type Tensor, type TensorOf } from '@vitrine/tensor'

/** Ops of which each element depends on the same element of the operands, and sums over an axis, which norms take. */
const FOLLOWED: ReadonlySet<Op> = new Set<Op>([
  'neg',
  'abs',
  'exp',
  'sqrt',
  'relu',
  'sigmoid',
  'tanh',
  'erf',
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'minimum',
  'sum',
  'reshape',
  'broadcast',
])

/**
 * Of a product or a quotient of two activations, the operand that is a factor of the other one's own: a function of that one alone. So are
 * written activation functions, x σ(x), x σ(1.702 x) and x / 2 (1 + tanh …), and norms, x / ‖x‖. AttnLRP hands relevance through both
 * unchanged (eq. 9 and proposition 3.4 of Achtibat et al., ICML 2024), which makes the factor a constant. Undefined where there is none.
 */
export function ownFactor(y: TensorOf<'mul'> | TensorOf<'div'>): 'first' | 'second' | undefined {
  const [a, b] = operandsOf(y)
  if (isComputedFrom(b, withoutFixedFactors(a))) return 'second'
  return y.op === 'mul' && isComputedFrom(a, withoutFixedFactors(b)) ? 'first' : undefined
}

/** x of c x for any number of fixed c. */
function withoutFixedFactors(t: Tensor): Tensor {
  if (t.op !== 'mul') return t
  const [a, b] = operandsOf(t)
  if (isFixed(b)) return withoutFixedFactors(a)
  return isFixed(a) ? withoutFixedFactors(b) : t
}

/** Whether a tensor is another one with fixed numbers put to it by the ops above, and with nothing else that depends on the image. */
function isComputedFrom(t: Tensor, source: Tensor): boolean {
  const seen = new Set<Tensor>()
  const pending = [t]
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node === source || isFixed(node) || seen.has(node)) continue
    if (!FOLLOWED.has(node.op)) return false
    seen.add(node)
    pending.push(...node.inputs)
  }
  return true
}
