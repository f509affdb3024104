import { type Rules, vjps } from '@vitrine/tensor'

/**
 * The rows that every table of relevance rules shares: leaves and class indices hand nothing back, and ops that only place, repeat
 * or select numbers hand relevance to where the number came from, as their derivatives do. An op belongs here only where that
 * holds for relevance itself and for relevance over value.
 */
export const movementRules = {
  input: null,
  parameter: null,
  constant: null,
  oneHot: null,
  reshape: vjps.reshape,
  transpose: vjps.transpose,
  slice: vjps.slice,
  pad: vjps.pad,
  concat: vjps.concat,
  broadcast: vjps.broadcast,
  gather: vjps.gather,
  unfold: vjps.unfold,
} satisfies Partial<Rules>
