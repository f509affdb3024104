import type { MetricId } from '@vitrine/metrics'

/** What a board may say with a metric. */
export interface Role {
  /**
   * Whether more of it is better. What is not a merit is description: a control wins it by being flat, so it has no best, no rank and no
   * verdict.
   */
  readonly merit: boolean
  /** Whether the map that is told the truth shows there what a map can reach. */
  readonly truth: boolean
}

const merit: Role = { merit: true, truth: true }
const description: Role = { merit: false, truth: true }
/** The true object is no answer there: it does not move when the image is disturbed, nor does it weigh what the model sees elsewhere. */
const withoutTruth: Role = { merit: true, truth: false }

export const roles: { readonly [Id in MetricId]: Role } = {
  'pixel-accuracy': merit,
  iou: merit,
  dice: merit,
  precision: merit,
  recall: description,
  abpc: merit,
  'morf-area': merit,
  'lerf-area': merit,
  'pointing-game': merit,
  'mass-accuracy': merit,
  'rank-accuracy': merit,
  'roc-auc': merit,
  'average-precision': merit,
  'fine-energy': description,
  'total-variation': description,
  'edge-correlation': description,
  'background-edges': description,
  'effective-area': description,
  entropy: description,
  'outside-mass': merit,
  coupling: withoutTruth,
  'frozen-share': withoutTruth,
  'mass-difference': merit,
  'pointing-both': merit,
  'class-change': withoutTruth,
  'single-deletion': withoutTruth,
  'sensitivity-n': withoutTruth,
  'faithfulness-correlation': withoutTruth,
  'mu-fidelity': withoutTruth,
  infidelity: withoutTruth,
  'object-deletion': withoutTruth,
  'irrelevant-mass': merit,
  saco: withoutTruth,
  'pointing-15': merit,
  'pointing-difficult': merit,
  'top-k-intersection': merit,
  'two-class-ap': merit,
  'mean-threshold-f1': merit,
  gini: description,
}
