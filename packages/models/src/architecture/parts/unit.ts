import { div, mul, sqrt, sum, type Tensor } from '@vitrine/tensor'

/** Rows along the last axis, each over its length: products of them are cosines. */
export const unit = (x: Tensor): Tensor => div(x, sqrt(sum(mul(x, x), [-1])))
