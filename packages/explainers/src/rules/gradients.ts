import {
  abs,
  add,
  div,
  equal,
  erf,
  gelu as geluOf,
  geluSlope,
  greater,
  isFixed,
  linear,
  matmul,
  mean,
  mul,
  only,
  operandsOf,
  type Rule,
  type Rules,
  sign,
  sqrt,
  sub,
  type Tensor,
  vjps,
  where,
} from '@vitrine/tensor'

/*
 * Relevance propagation in the form of a changed derivative: what is handed back is relevance / value, so that a rule for relevance
 * becomes a factor on the cotangent, and value x cotangent is the relevance of any tensor.
 */

// The deviation counts as constant, the mean does not: relevance is conserved up to the bias.
const layerNorm: Rule<'layerNorm'> = (dy, y) => {
  const [x, scale] = operandsOf(y)
  const centred = sub(x, mean(x, [-1]))
  const deviation = sqrt(add(mean(mul(centred, centred), [-1]), y.params.epsilon))
  const g = mul(dy, scale)
  return [div(sub(g, mean(g, [-1])), deviation)]
}

// x * Phi(x) with Phi(x) as a constant factor: relevance passes unchanged.
const gelu: Rule<'gelu'> = (dy, y) => [mul(dy, mul(0.5, add(erf(mul(only(y), Math.SQRT1_2)), 1)))]

/** How linear layers hand relevance back. Both zero: in proportion to the contributions x w, which is gradient x input. */
export interface LinearRule {
  /** Epsilon rule (Achtibat et al., eq. 8): the output's size is raised by it, so that small outputs hand less back. */
  readonly epsilon?: number
  /**
   * Gamma rule: contributions of the output's own sign count 1 + gamma times (Montavon et al. 2019, table 10.1, for inputs
   * of both signs). The bias keeps its share.
   */
  readonly gamma?: number
}

const withLinear = (rules: Rules, { epsilon = 0, gamma = 0 }: LinearRule): Rules => ({
  ...rules,
  add: (dy, y) => {
    const [, bias] = operandsOf(y)
    const isBias = isFixed(bias) && bias.shape.length === 1
    return vjps.add?.(isBias && epsilon > 0 ? mul(dy, div(y, add(y, mul(epsilon, sign(y))))) : dy, y) ?? []
  },
  matmul: (dy, y) => {
    const [x, weight] = operandsOf(y)
    if (gamma === 0 || !isFixed(weight)) return rules.matmul?.(dy, y) ?? []
    // With s the sign of z = x w: contributions x w + gamma (x w)^s = x w (1 + gamma / 2) + s |x| |w| gamma / 2.
    const s = sign(y)
    const sizes = mul(s, mul(gamma / 2, linear(abs(x), abs(weight))))
    const ratio = where(equal(y, 0), 0, div(mul(dy, y), add(mul(1 + gamma / 2, y), sizes)))
    const direct = mul(1 + gamma / 2, matmul(ratio, weight))
    return [add(direct, mul(mul(gamma / 2, sign(x)), matmul(mul(s, ratio), abs(weight))))]
  },
})

/**
 * AttnLRP (Achtibat et al., ICML 2024): softmax by its Taylor expansion (proposition 3.1), products of activations split evenly
 * between both (proposition 3.3), layer norm with its deviation constant (proposition 3.4), other non-linearities unchanged (eq. 9).
 */
export const attnLrpRules = (linearRule: LinearRule = {}): Rules =>
  withLinear(
    {
      ...vjps,
      layerNorm,
      gelu,
      matmul: (dy, y) => vjps.matmul?.(operandsOf(y).slice(0, 2).some(isFixed) ? dy : mul(0.5, dy), y) ?? [],
    },
    linearRule,
  )

/**
 * CP-LRP (Ali et al., ICML 2022), and LibraGrad (Mehri et al., CVPR 2025), which is the same set of rules: attention counts as constant,
 * so only values carry relevance; layer norm with its deviation constant; GELU as a constant factor.
 */
export const constantAttentionRules = (linearRule: LinearRule = {}): Rules =>
  withLinear({ ...vjps, layerNorm, gelu, softmax: null }, linearRule)

/**
 * The rescale rule of DeepLIFT (Shrikumar et al., ICML 2017, section 3.5.1) at GELU: the slope between a neuron's input and that for the
 * reference, given by the former; at their middle where both are nearly one. All else keeps its gradient.
 */
export const rescaleRules = (ofReference: ReadonlyMap<Tensor, Tensor>): Rules => ({
  ...vjps,
  gelu: (dy, y) => {
    const x = only(y)
    const x0 = ofReference.get(x) ?? x
    const difference = sub(x, x0)
    const slope = div(sub(y, geluOf(x0)), difference)
    return [mul(dy, where(greater(0.01, abs(difference)), geluSlope(mul(0.5, add(x, x0))), slope))]
  },
})
