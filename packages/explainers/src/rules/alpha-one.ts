import {
  abs,
  add,
  constant,
  dim,
  div,
  equal,
  greater,
  isFixed,
  linear,
  matmul,
  mul,
  neg,
  only,
  operandsOf,
  type Rule,
  type Rules,
  relu,
  reshape,
  sizeOf,
  sub,
  sum,
  type Tensor,
  type TensorOf,
  unbroadcast,
  vjps,
  where,
} from '@vitrine/tensor'
import { movementRules } from './movement.ts'
import { ownFactor } from './own-factor.ts'
import { noRule, refusedBy } from './refusal.ts'

// Keeps a division defined; part of the published rules, so part of their values.
const STABILISER = 1e-9

/** a / (b + stabiliser), for a that is 0 wherever b is. */
const ratioOf = (a: Tensor, b: Tensor): Tensor => div(a, add(b, STABILISER))

/** a / (b + stabiliser), and 0 where b is 0. */
const safeDivide = (a: Tensor, b: Tensor): Tensor => where(equal(b, 0), 0, ratioOf(a, b))

/** What several consumers of x hand back, added as the published rules do: x * (sum of R / x). */
export const joinRelevance = (relevance: Tensor, x: Tensor): Tensor => mul(x, ratioOf(relevance, x))

/** A bias is a vector; positions, one for each token, are a term like any other. */
const isBias = (t: Tensor): boolean => isFixed(t) && t.shape.length === 1

/** The two rows in which the sets below differ, and the name of the set in errors. */
interface Variant {
  readonly set: string
  readonly add: Rule<'add'>
  readonly matmul: (node: TensorOf<'matmul'>, x: Tensor, weight: Tensor, relevance: Tensor) => Tensor
}

function cheferRules({ set, add, matmul: linearLayer }: Variant): Rules {
  const refused = refusedBy(set)
  const unchanged: Rule = relevance => [relevance]
  return {
    ...movementRules,
    neg: unchanged,
    abs: refused,
    sign: refused,
    exp: refused,
    log: refused,
    sqrt: refused,
    erf: refused,
    relu: unchanged,
    sigmoid: unchanged,
    tanh: unchanged,
    gelu: unchanged,
    softmax: unchanged,
    layerNorm: unchanged,
    add: (relevance, node) => {
      const [a, b] = operandsOf(node)
      return isBias(b) ? [unbroadcast(relevance, a.shape)] : add(relevance, node)
    },
    sub: refused,
    mul: (relevance, node) => {
      const [a, b] = operandsOf(node)
      if (isFixed(b)) return [unbroadcast(relevance, a.shape)]
      if (isFixed(a)) return [undefined, unbroadcast(relevance, b.shape)]
      const own = ownFactor(node)
      if (own === undefined) throw noRule(set, node, 'a product of two activations, element by element')
      return own === 'second' ? [unbroadcast(relevance, a.shape)] : [undefined, unbroadcast(relevance, b.shape)]
    },
    div: (relevance, node) => {
      const [a, b] = operandsOf(node)
      if (isFixed(b) || ownFactor(node) !== undefined) return [unbroadcast(relevance, a.shape)]
      throw noRule(set, node, 'a quotient of two activations')
    },
    maximum: refused,
    minimum: refused,
    greater: refused,
    equal: refused,
    where: refused,
    // A term of a sum gets its share.
    sum: (relevance, node) => [mul(only(node), ratioOf(relevance, node))],
    fold: refused,
    max: refused,
    topK: refused,
    matmul: (relevance, node) => {
      const [a, b] = operandsOf(node)
      if (isFixed(b)) {
        const { transposeA, transposeB } = node.params
        if (transposeA || !transposeB) throw noRule(set, node, 'a linear layer that is not x times a transposed weight')
        return [linearLayer(node, a, b, relevance)]
      }
      if (isFixed(a)) throw noRule(set, node, 'a fixed matrix times an activation')
      // Half of the relevance goes to each operand; the smaller side of the product is halved.
      const early = sizeOf(node.shape) < sizeOf(a.shape)
      const ratio = safeDivide(relevance, node)
      const [ca, cb] = vjps.matmul(early ? mul(0.5, ratio) : ratio, node)
      const half = (x: Tensor, c: Tensor | undefined) => c && (early ? mul(x, c) : mul(mul(0.5, x), c))
      return [half(a, ca), half(b, cb)]
    },
  }
}

/**
 * The relevance rules of Chefer et al. (CVPR 2021, section 3.1) with alpha = 1, beta = 0: linear layers pass relevance along
 * positive contributions (eq. 2); a product of two activations splits it between both (eq. 8, 9); a sum of two activations is
 * rescaled so that each branch's total keeps its share (eq. 10 to 12), per image; layer norm, softmax and GELU pass it as it is;
 * biases receive none.
 */
export const alphaOneRules: Rules = cheferRules({
  set: 'the alpha = 1 rules of Chefer et al.',
  add: (relevance, node) => {
    const [a, b] = operandsOf(node)
    const [ra, rb] = shareOfSum(relevance, node, a, b)
    return [unbroadcast(ra, a.shape), unbroadcast(rb, b.shape)]
  },
  matmul: positiveContributions,
})

/**
 * The same rules as Chefer et al. first wrote them, and as their evaluation runs partial and full LRP: a sum hands each term its share
 * without rescaling, and a linear layer hands all relevance along the products of positive numbers and again along those of negative ones.
 */
export const separateSignRules: Rules = cheferRules({
  set: 'the rules of partial and full LRP',
  add: (relevance, node) => {
    const [a, b] = operandsOf(node)
    const ratio = safeDivide(relevance, node)
    return [unbroadcast(mul(a, ratio), a.shape), unbroadcast(mul(b, ratio), b.shape)]
  },
  matmul: (_, x, weight, relevance) => {
    const along = (part: Tensor, weightPart: Tensor): Tensor =>
      mul(part, matmul(safeDivide(relevance, linear(part, weightPart)), weightPart))
    return add(along(relu(x), relu(weight)), along(neg(relu(neg(x))), neg(relu(neg(weight)))))
  },
})

/**
 * The z-B rule of the first layer (Montavon et al. 2017, table 1): inputs lie between `low` and `high`. `x [batch, …, in]`,
 * `weight [out, in]`, relevance `[batch, …, out]`.
 */
export function boxRule(relevance: Tensor, x: Tensor, weight: Tensor, low: Tensor, high: Tensor): Tensor {
  const [positive, negative] = [relu(weight), neg(relu(neg(weight)))]
  const ends = add(mul(low, rowSums(positive)), mul(high, rowSums(negative)))
  const ratio = div(relevance, add(sub(linear(x, weight), ends), STABILISER))
  const back = (w: Tensor): Tensor => matmul(ratio, w)
  return sub(mul(x, back(weight)), add(mul(low, back(positive)), mul(high, back(negative))))
}

// What a layer gives where every input is 1: [out, in] -> [out].
const rowSums = (weight: Tensor): Tensor => reshape(sum(weight, [1]), [dim(weight.shape, 0)])

/**
 * R_j = sum_i x_j^+ w_ji^+ (and both negative) R_i / sum of those. With |x| and |w|, x^+ w^+ + x^- w^- = (x w + |x| |w|) / 2, so the
 * forward product x w is used again and three products are left: |x| |w|, and back through w and |w|.
 */
function positiveContributions(node: TensorOf<'matmul'>, x: Tensor, weight: Tensor, relevance: Tensor): Tensor {
  const [magnitude, weightMagnitude] = [abs(x), abs(weight)]
  // The stabiliser as a bias, which engines add within the product.
  const stabiliser = constant(new Float64Array(dim(node.shape, -1)).fill(2 * STABILISER))
  const positive = add(node as Tensor, add(linear(magnitude, weightMagnitude), stabiliser))
  // Where every contribution is negative, float32 rounds the sum of both products to zero or below.
  const ratio = where(greater(positive, 0), div(relevance, positive), 0)
  return add(mul(x, matmul(ratio, weight)), mul(magnitude, matmul(ratio, weightMagnitude)))
}

function shareOfSum(relevance: Tensor, node: TensorOf<'add'>, a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const axes = relevance.shape.map((_, axis) => axis).slice(1)
  const ratio = ratioOf(relevance, node as Tensor)
  const [ra, rb] = [mul(a, ratio), mul(b, ratio)]
  const [totalA, totalB] = [sum(ra, axes), sum(rb, axes)]
  const [sizeA, sizeB] = [abs(totalA), abs(totalB)]
  const all = sum(relevance, axes)
  const share = (size: Tensor, total: Tensor) => safeDivide(mul(safeDivide(size, add(sizeA, sizeB)), all), total)
  return [mul(ra, share(sizeA, totalA)), mul(rb, share(sizeB, totalB))]
}
