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
import { ExplainerError } from '../errors.ts'

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

const undefinedFor = (op: string) => () => {
  throw new ExplainerError(`no relevance rule is defined for ${op}`)
}

/**
 * The relevance rules of Chefer et al. (CVPR 2021, section 3.1) with alpha = 1, beta = 0: linear layers pass relevance along
 * positive contributions (eq. 2); a product of two activations splits it between both (eq. 8, 9); a sum of two activations is
 * rescaled so that each branch's total keeps its share (eq. 10 to 12), per image; layer norm, softmax and GELU pass it as it is;
 * biases receive none.
 */
export const alphaOneRules: Rules = {
  ...vjps,
  neg: undefinedFor('neg'),
  abs: undefinedFor('abs'),
  exp: undefinedFor('exp'),
  log: undefinedFor('log'),
  sqrt: undefinedFor('sqrt'),
  sub: undefinedFor('sub'),
  div: (relevance, node) => {
    const [a, b] = operandsOf(node)
    if (isFixed(b)) return [unbroadcast(relevance, a.shape)]
    return undefinedFor('a quotient of two activations')()
  },
  maximum: undefinedFor('maximum'),
  minimum: undefinedFor('minimum'),
  where: undefinedFor('where'),
  relu: relevance => [relevance],
  sigmoid: relevance => [relevance],
  tanh: relevance => [relevance],
  erf: undefinedFor('erf'),
  gelu: relevance => [relevance],
  softmax: relevance => [relevance],
  layerNorm: relevance => [relevance],
  mul: (relevance, node) => {
    const [a, b] = operandsOf(node)
    if (isFixed(b)) return [unbroadcast(relevance, a.shape)]
    if (isFixed(a)) return [undefined, unbroadcast(relevance, b.shape)]
    return undefinedFor('a product of two activations, element by element')()
  },
  // A term of a sum gets its share.
  sum: (relevance, node) => [mul(only(node), ratioOf(relevance, node))],
  add: (relevance, node) => {
    const [a, b] = operandsOf(node)
    if (isBias(b)) return [unbroadcast(relevance, a.shape)]
    const [ra, rb] = shareOfSum(relevance, node, a, b)
    return [unbroadcast(ra, a.shape), unbroadcast(rb, b.shape)]
  },
  matmul: (relevance, node) => {
    const [a, b] = operandsOf(node)
    if (isFixed(b)) return [positiveContributions(relevance, node, a, b)]
    if (isFixed(a)) return undefinedFor('a fixed matrix times an activation')()
    // Half of the relevance goes to each operand; the smaller side of the product is halved.
    const early = sizeOf(node.shape) < sizeOf(a.shape)
    const ratio = safeDivide(relevance, node)
    const [ca, cb] = vjps.matmul?.(early ? mul(0.5, ratio) : ratio, node) ?? []
    const half = (x: Tensor, c: Tensor | undefined) => c && (early ? mul(x, c) : mul(mul(0.5, x), c))
    return [half(a, ca), half(b, cb)]
  },
}

/**
 * The same rules as Chefer et al. first wrote them, and as their evaluation runs partial and full LRP: a sum hands each term its share
 * without rescaling, and a linear layer hands all relevance along the products of positive numbers and again along those of negative ones.
 */
export const separateSignRules: Rules = {
  ...alphaOneRules,
  add: (relevance, node) => {
    const [a, b] = operandsOf(node)
    if (isBias(b)) return [unbroadcast(relevance, a.shape)]
    const ratio = safeDivide(relevance, node)
    return [unbroadcast(mul(a, ratio), a.shape), unbroadcast(mul(b, ratio), b.shape)]
  },
  matmul: (relevance, node) => {
    const [x, weight] = operandsOf(node)
    if (!isFixed(weight)) return alphaOneRules.matmul?.(relevance, node) ?? []
    const along = (part: Tensor, weightPart: Tensor): Tensor =>
      mul(part, matmul(safeDivide(relevance, linear(part, weightPart)), weightPart))
    return [add(along(relu(x), relu(weight)), along(neg(relu(neg(x))), neg(relu(neg(weight)))))]
  },
}

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
function positiveContributions(relevance: Tensor, node: TensorOf<'matmul'>, x: Tensor, weight: Tensor): Tensor {
  const { transposeA, transposeB } = node.params
  if (transposeA || !transposeB) return undefinedFor('a linear layer that is not x times a transposed weight')()
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
