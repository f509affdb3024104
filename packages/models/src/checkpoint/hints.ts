import type { Pooling } from '../architecture/config.ts'
import { Fields, firstOf, type Hints, map, names, present, sizeFrom } from './fields.ts'
import { huggingFaceHints } from './hugging-face-hints.ts'
import { timmHints } from './timm-hints.ts'

/** What a config.json says: this project's or a training's own, Hugging Face's or timm's, told apart by its fields. */
export function configHints(json: unknown, source: string): Hints {
  const fields = new Fields(json, source)
  // transformers wraps timm's models with a model_type of its own.
  if (fields.has('pretrained_cfg')) return timmHints(fields)
  if (fields.has('model_type')) return huggingFaceHints(fields)
  return isTimm(fields.get('architecture')) ? timmHints(fields) : ownHints(fields)
}

const isTimm = (architecture: unknown): boolean =>
  typeof architecture === 'string' &&
  /^(?:vit|deit3?|flexivit|eva|beit\w*|swin\w*|resnet\w*|convnext\w*)(?:_\w+|\d+)$/.test(architecture)

/** Fields that this project or a training script writes. Names that say the same are read alike, others are left alone. */
function ownHints(fields: Fields): Hints {
  const count = (...spellings: readonly string[]) => firstOf(spellings.map(name => fields.count(name)))
  const size = (...spellings: readonly string[]) => firstOf(spellings.map(name => fields.size(name)))
  const width = count('embed_dim', 'hidden_size')
  const imageSize = size('image_size', 'img_size')
  const classNames = firstOf(['class_names', 'classes', 'labels'].map(name => listOfNames(fields, name)))
  return present({
    imageSize,
    positionSize: imageSize,
    patchSize: fields.fact('patch_size', 'a positive number', sizeFrom),
    width,
    depth: count('depth', 'num_layers', 'num_hidden_layers'),
    heads: count('num_heads', 'n_heads', 'heads', 'num_attention_heads'),
    mlpWidth: map(fields.number('mlp_ratio'), ratio => Math.round(ratio * (width?.value ?? Number.NaN))),
    classes: count('num_classes', 'n_classes', 'nb_classes'),
    layerNormEpsilon: fields.number('layer_norm_eps'),
    pooling: firstOf(
      ['pool', 'global_pool'].map(name => fields.fact(name, Object.keys(POOLS).join(', '), poolingFrom)),
    ),
    ...fields.normalisation('mean', 'std'),
    classNames,
  })
}

/** Words for what the head reads, of this project's brackets and of timm. */
const POOLS: Readonly<Record<string, Pooling>> = {
  token: 'class',
  cls: 'class',
  mean: 'patch-mean',
  avg: 'patch-mean',
  both: 'class-and-patch-mean',
}

const poolingFrom = (value: unknown): Pooling | undefined =>
  typeof value === 'string' && Object.hasOwn(POOLS, value) ? POOLS[value] : undefined

/** A list of names; `classes` may also be their number or a file, which is left alone. */
const listOfNames = (fields: Fields, name: string) =>
  name === 'class_names' || Array.isArray(fields.get(name)) ? fields.fact(name, 'a list of names', names) : undefined

export type { Fact, Hints, Statements } from './fields.ts'
export { preprocessorHints } from './hugging-face-hints.ts'
