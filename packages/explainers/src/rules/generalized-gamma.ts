import {
  abs,
  add,
  div,
  equal,
  isFixed,
  linear,
  matmul,
  mul,
  operandsOf,
  type Rule,
  sign,
  sub,
  type Tensor,
  topological,
  vjps,
  where,
} from '@vitrine/tensor'
import { noRule } from './refusal.ts'

/** A linear layer: its input, its weight `[outputs, inputs]`, and its output with the bias added. */
export interface LinearLayer {
  readonly input: Tensor
  readonly weight: Tensor
  readonly output: Tensor
}

/**
 * What the generalized gamma rule (Montavon et al. 2019, table 10.1; Andéol et al. 2021 for inputs of both signs) hands back to the input of a
 * layer, relevance over value: contributions to an output, and its bias, count 1 + gamma times where they have its sign.
 *
 * @param dy relevance over value of the output
 */
export function gammaRule(dy: Tensor, { input, weight, output }: LinearLayer, gamma: number): Tensor {
  const s = sign(output)
  const bias = sub(output, linear(input, weight))
  // Of a number c, (c + s |c|) / 2 is what has the sign s.
  const ofSign = mul(0.5, add(output, mul(s, add(linear(abs(input), abs(weight)), abs(bias)))))
  const ratio = where(equal(output, 0), 0, div(mul(dy, output), add(output, mul(gamma, ofSign))))
  const direct = mul(1 + gamma / 2, matmul(ratio, weight))
  return add(direct, mul(mul(gamma / 2, sign(input)), matmul(mul(s, ratio), abs(weight))))
}

/**
 * The gamma rule at every linear layer on the way to an output; products of two activations are split evenly, as by AttnLRP.
 *
 * @param logits what is explained
 */
export function gammaAtLayers(logits: Tensor, gamma: number): Rule<'matmul'> {
  const complete = outputsOfLayers(logits)
  return (dy, product) => {
    const [input, weight] = operandsOf(product)
    if (!isFixed(weight)) return vjps.matmul(mul(0.5, dy), product)
    if (product.params.transposeA || !product.params.transposeB)
      throw noRule('AttnLRP with gamma', product, 'a linear layer that is not x times a transposed weight')
    return [gammaRule(dy, { input, weight, output: complete.get(product) ?? product }, gamma)]
  }
}

/** The output of each linear layer, its bias added, by the product of the layer. */
function outputsOfLayers(output: Tensor): ReadonlyMap<Tensor, Tensor> {
  const found = new Map<Tensor, Tensor>()
  for (const node of topological([output])) {
    if (node.op !== 'add') continue
    const [product, bias] = operandsOf(node)
    if (product.op === 'matmul' && isFixed(bias) && bias.shape.length === 1) found.set(product, node)
  }
  return found
}
