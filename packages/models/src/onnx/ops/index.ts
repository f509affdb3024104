import { ModelError } from '../../errors.ts'
import type { Translation, Translations } from '../operation.ts'
import { attentions } from './attention.ts'
import { control } from './control.ts'
import { convolutions } from './convolution.ts'
import { elementwise } from './elementwise.ts'
import { movement } from './movement.ts'
import { norms } from './norms.ts'
import { products } from './products.ts'
import { reductions } from './reductions.ts'
import { resizing } from './resize.ts'
import { shapes } from './shapes.ts'

/** Every foreign op that is read, by its name, after its domain where it is not of the ONNX standard. */
const translations: Translations = {
  ...attentions,
  ...control,
  ...convolutions,
  ...elementwise,
  ...movement,
  ...norms,
  ...products,
  ...reductions,
  ...resizing,
  ...shapes,
}

/** Ops that are known and not read, and why. */
const refusals: readonly (readonly [ops: RegExp, why: string])[] = [
  [/Quant|Integer|^QLinear|^MatMulNBits/, 'a quantised model; explain the float model'],
  [/nchwc/, 'optimised for one processor; export with ORT_ENABLE_EXTENDED or less'],
  [
    /^(Loop|Scan|NonZero|TopK|Unique|NonMaxSuppression|Scatter\w*|ArgMax|ArgMin|Compress)$/,
    'depends on the image: shapes and control flow that depend on data are not read',
  ],
  [/^(ConvTranspose|LpPool|GroupNormalization|LRN)$/, 'an op of convolutional networks that is not read'],
  [/^(LSTM|GRU|RNN|Sequence\w+|String\w+)$/, 'no op of an image classifier that is read'],
]

export function translationOf(op: string): Translation {
  if (Object.hasOwn(translations, op)) return translations[op] as Translation
  const name = op.split('.').at(-1) ?? op
  const why = refusals.find(([ops]) => ops.test(op) || ops.test(name))?.[1]
  throw new ModelError(why ?? 'this op is not read')
}

/** The ops that are read. */
export const readOps: readonly string[] = Object.keys(translations).sort()
