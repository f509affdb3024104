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
  type TensorOf,
  threeOperandsOf,
  unbroadcast,
  vjps,
  where,
} from '@vitrine/tensor'
import { movementRules } from './movement.ts'
import { ownFactor } from './own-factor.ts'
import { noRule, refusedBy } from './refusal.ts'

/*
 * Relevance propagation in the form of a changed derivative: what is handed back is relevance / value, so that a rule for relevance
 * becomes a factor on the cotangent, and value x cotangent is the relevance of any tensor.
 */

// The deviation counts as constant, the mean does not: relevance is conserved up to the bias.
const layerNorm: Rule<'layerNorm'> = (dy, y) => {
  const [x, scale] = threeOperandsOf(y)
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

/** Linear layers by the epsilon rule, applied where the bias is added, since the layer's output is complete there. */
const sumRule =
  ({ epsilon = 0 }: LinearRule): Rule<'add'> =>
  (dy, y) => {
    const [, bias] = operandsOf(y)
    const isBias = isFixed(bias) && bias.shape.length === 1
    return vjps.add(isBias && epsilon > 0 ? mul(dy, div(y, add(y, mul(epsilon, sign(y))))) : dy, y)
  }

/** Linear layers by the gamma rule. Of a product of two activations, each is handed `share` of its cotangent. */
const productRule =
  (set: string, { gamma = 0 }: LinearRule, share: number): Rule<'matmul'> =>
  (dy, y) => {
    const [x, weight] = operandsOf(y)
    if (isProductOfActivations(y)) return vjps.matmul(mul(share, dy), y)
    if (gamma === 0 || !isFixed(weight)) return vjps.matmul(dy, y)
    if (y.params.transposeA || !y.params.transposeB)
      throw noRule(`${set} with gamma`, y, 'a linear layer that is not x times a transposed weight')
    // With s the sign of z = x w: contributions x w + gamma (x w)^s = x w (1 + gamma / 2) + s |x| |w| gamma / 2.
    const s = sign(y)
    const sizes = mul(s, mul(gamma / 2, linear(abs(x), abs(weight))))
    const ratio = where(equal(y, 0), 0, div(mul(dy, y), add(mul(1 + gamma / 2, y), sizes)))
    const direct = mul(1 + gamma / 2, matmul(ratio, weight))
    return [add(direct, mul(mul(gamma / 2, sign(x)), matmul(mul(s, ratio), abs(weight))))]
  }

const isProductOfActivations = (y: Tensor): boolean => !operandsOf(y).some(isFixed)

/**
 * A quotient by a number that is the same for every image is linear, and so is one by the dividend's own norm, which counts as constant; no
 * set here has a rule for another one.
 */
const quotientRule =
  (set: string): Rule<'div'> =>
  (dy, y) => {
    const [x, divisor] = operandsOf(y)
    if (isFixed(divisor)) return vjps.div(dy, y)
    if (ownFactor(y) === undefined) throw noRule(set, y, 'a quotient of two activations')
    return [unbroadcast(div(dy, divisor), x.shape)]
  }

/** The product of an activation and a factor of its own, which counts as constant; undefined for other products. */
function ownProduct(dy: Tensor, y: TensorOf<'mul'>): readonly (Tensor | undefined)[] | undefined {
  const own = isProductOfActivations(y) ? ownFactor(y) : undefined
  const [a, b] = operandsOf(y)
  if (own === 'second') return [unbroadcast(mul(dy, b), a.shape)]
  return own === 'first' ? [undefined, unbroadcast(mul(dy, a), b.shape)] : undefined
}

/** Ops that are linear in what they hand back to: relevance over value passes them as a cotangent does. */
const linearRules = {
  ...movementRules,
  neg: vjps.neg,
  sub: vjps.sub,
  sum: vjps.sum,
  fold: vjps.fold,
  where: vjps.where,
} satisfies Partial<Rules>

/**
 * AttnLRP (Achtibat et al., ICML 2024): softmax by its Taylor expansion (proposition 3.1), products of activations split evenly
 * between both (proposition 3.3), layer norm with its deviation constant (proposition 3.4). Other functions of one number hand relevance on
 * unchanged (eq. 9), which makes f(x) / x the factor: the derivative of `abs` and `relu`, and what stands beside x in SiLU and in forms of
 * GELU that are written out; others are refused until they are needed. The largest of several numbers, as in a pool, gets all.
 */
export function attnLrpRules(linearRule: LinearRule = {}): Rules {
  const set = 'AttnLRP'
  const refused = refusedBy(set)
  return {
    ...linearRules,
    abs: vjps.abs,
    sign: refused,
    exp: refused,
    log: refused,
    sqrt: refused,
    relu: vjps.relu,
    sigmoid: refused,
    tanh: refused,
    erf: refused,
    gelu,
    add: sumRule(linearRule),
    mul: (dy, y) => ownProduct(dy, y) ?? vjps.mul(isProductOfActivations(y) ? mul(0.5, dy) : dy, y),
    div: quotientRule(set),
    maximum: refused,
    minimum: refused,
    greater: refused,
    equal: refused,
    matmul: productRule(set, linearRule, 0.5),
    max: vjps.max,
    softmax: vjps.softmax,
    layerNorm,
    topK: refused,
  }
}

/**
 * CP-LRP (Ali et al., ICML 2022), and LibraGrad (Mehri et al., CVPR 2025), which is the same set of rules: attention counts as constant,
 * so only values carry relevance; layer norm with its deviation constant; GELU, SiLU and norms as a constant factor.
 */
export function constantAttentionRules(linearRule: LinearRule = {}): Rules {
  const set = 'CP-LRP and LibraGrad'
  const refused = refusedBy(set)
  return {
    ...linearRules,
    abs: refused,
    sign: refused,
    exp: refused,
    log: refused,
    sqrt: refused,
    relu: vjps.relu,
    sigmoid: refused,
    tanh: refused,
    erf: refused,
    gelu,
    add: sumRule(linearRule),
    mul: (dy, y) => {
      const own = ownProduct(dy, y)
      if (own) return own
      if (isProductOfActivations(y)) throw noRule(set, y, 'a product of two activations, element by element')
      return vjps.mul(dy, y)
    },
    div: quotientRule(set),
    maximum: refused,
    minimum: refused,
    greater: refused,
    equal: refused,
    // What attention is handed ends at its softmax, so values get all of it.
    matmul: productRule(set, linearRule, 1),
    max: vjps.max,
    softmax: null,
    layerNorm,
    topK: refused,
  }
}

/**
 * The rescale rule of DeepLIFT (Shrikumar et al., ICML 2017, section 3.5.1) at GELU: the slope between a neuron's input and that for the
 * reference, given by the former; at their middle where both are nearly one. Softmax, layer norm and products of activations keep their
 * gradient. The rule is defined for other functions of one number too, but `ofReference` knows the inputs of GELU only: they are refused.
 *
 * @param ofReference what each GELU reads, and what it reads for the reference
 */
export function rescaleRules(ofReference: ReadonlyMap<Tensor, Tensor>): Rules {
  const set = 'the rescale rule of DeepLIFT'
  const refused = refusedBy(set)
  return {
    ...linearRules,
    abs: refused,
    sign: refused,
    exp: refused,
    log: refused,
    sqrt: refused,
    relu: refused,
    sigmoid: refused,
    tanh: refused,
    erf: refused,
    gelu: (dy, y) => {
      const x = only(y)
      const x0 = ofReference.get(x)
      if (!x0) throw noRule(set, y, 'a GELU whose input for the reference is not known')
      const difference = sub(x, x0)
      const slope = div(sub(y, geluOf(x0)), difference)
      return [mul(dy, where(greater(0.01, abs(difference)), geluSlope(mul(0.5, add(x, x0))), slope))]
    },
    add: vjps.add,
    mul: vjps.mul,
    div: (dy, y) => {
      if (!isFixed(operandsOf(y)[1])) throw noRule(set, y, 'a quotient of two activations')
      return vjps.div(dy, y)
    },
    maximum: refused,
    minimum: refused,
    greater: refused,
    equal: refused,
    matmul: vjps.matmul,
    max: refused,
    softmax: vjps.softmax,
    layerNorm: vjps.layerNorm,
    topK: refused,
  }
}
