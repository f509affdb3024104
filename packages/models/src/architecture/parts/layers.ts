import {
  add,
  div,
  layerNorm,
  linear,
  mean,
  mul,
  parameter,
  type Shape,
  scalar,
  sqrt,
  type Tensor,
} from '@vitrine/tensor'

/** How tokens are normalised: `layer` of Ba et al. (2016), or `rms` of Zhang and Sennrich (NeurIPS 2019), which has no mean and no bias. */
export type NormKind = 'layer' | 'rms'

/** Makes the layers of a model, and remembers the shape in which its file has each parameter. */
export class Layers {
  /** By the name of the parameter, in the order in which they were asked for. */
  readonly shapes = new Map<string, Shape>()
  private readonly kind: NormKind
  private readonly epsilon: number

  constructor(kind: NormKind, epsilon: number) {
    this.kind = kind
    this.epsilon = epsilon
  }

  /** @param view its shape in the program, of as many numbers */
  parameter(name: string, shape: Shape, view: Shape = shape): Tensor {
    this.shapes.set(name, shape)
    return parameter(name, view)
  }

  /** A linear layer from the last axis of x to `features`. */
  dense(x: Tensor, name: string, features: number, hasBias = true): Tensor {
    const product = linear(x, this.parameter(`${name}.weight`, [features, x.shape.at(-1) ?? 1]))
    return hasBias ? add(product, this.parameter(`${name}.bias`, [features])) : product
  }

  norm(x: Tensor, name: string): Tensor {
    const width = x.shape.at(-1) ?? 1
    const scale = this.parameter(`${name}.weight`, [width])
    if (this.kind === 'rms') return mul(div(x, sqrt(add(mean(mul(x, x), [-1]), scalar(this.epsilon)))), scale)
    return layerNorm(x, scale, this.parameter(`${name}.bias`, [width]), this.epsilon)
  }
}
