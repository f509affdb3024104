import { add, gelu, mul, sigmoid, type Tensor, tanh } from '@vitrine/tensor'
import type { Layers } from './layers.ts'

/**
 * `gelu`: x times the normal distribution function (Hendrycks and Gimpel, 2016), `gelu-tanh` its approximation by tanh there,
 * `quickgelu` that by a sigmoid, as in OpenAI's CLIP; `silu`: x sigmoid(x).
 */
export type Activation = 'gelu' | 'gelu-tanh' | 'quickgelu' | 'silu'

/** The perceptron of a block: one hidden layer, or two of which one is the other's gate (Shazeer, 2020: GLU variants). */
export interface Perceptron {
  readonly activation: Activation
  /** Whether the hidden layer is multiplied with a gate, which then has the activation function: SwiGLU, with `silu`. */
  readonly gated?: boolean
  /** Whether a norm stands before the last layer, as in EVA-02. */
  readonly innerNorm?: boolean
  /** Whether its layers have biases; true if absent. */
  readonly bias?: boolean
}

export const activate: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  gelu,
  'gelu-tanh': x =>
    mul(mul(x, add(tanh(mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1)), 0.5),
  quickgelu: x => mul(x, sigmoid(mul(x, 1.702))),
  silu: x => mul(x, sigmoid(x)),
}

/**
 * @param x `[batch, tokens, width]`
 * @returns `hidden`, what the activation function reads, `[batch, tokens, size]`, and the `output` `[batch, tokens, width]`
 */
export function perceptron(
  layers: Layers,
  { activation, gated = false, innerNorm = false, bias = true }: Perceptron,
  x: Tensor,
  name: string,
  size: number,
): { readonly hidden: Tensor; readonly output: Tensor } {
  const hidden = layers.dense(x, `${name}.${gated ? 'gate' : 'fc1'}`, size, bias)
  const active = activate[activation](hidden)
  const product = gated ? mul(active, layers.dense(x, `${name}.fc1`, size, bias)) : active
  const normed = innerNorm ? layers.norm(product, `${name}.norm`) : product
  return { hidden, output: layers.dense(normed, `${name}.fc2`, x.shape.at(-1) ?? 1, bias) }
}
