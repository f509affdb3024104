/** Far beyond any Vision Transformer, and small enough that a file made to harm is refused within seconds. */
export const LIMITS = {
  nodes: 50_000,
  tensors: 50_000,
  /** Elements of any tensor. */
  elements: 2 ** 30,
  /** Axes of any tensor. */
  rank: 16,
  /** Numbers that are computed while the file is opened. */
  constants: 2 ** 24,
} as const
