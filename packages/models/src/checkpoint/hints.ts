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
  const number = (...spellings: readonly string[]) => firstOf(spellings.map(name => fields.number(name)))
  const size = (...spellings: readonly string[]) => firstOf(spellings.map(name => fields.size(name)))
  const width = number('embed_dim', 'hidden_size')
  const imageSize = size('image_size', 'img_size')
  const classNames = firstOf(['class_names', 'classes', 'labels'].map(name => listOfNames(fields, name)))
  return present({
    imageSize,
    positionSize: imageSize,
    patchSize: fields.fact('patch_size', 'a positive number', sizeFrom),
    width,
    depth: number('depth', 'num_layers', 'num_hidden_layers'),
    heads: number('num_heads', 'n_heads', 'heads', 'num_attention_heads'),
    mlpWidth: map(fields.number('mlp_ratio'), ratio => Math.round(ratio * (width?.value ?? Number.NaN))),
    classes: number('num_classes', 'n_classes', 'nb_classes'),
    layerNormEpsilon: fields.number('layer_norm_eps'),
    ...fields.normalisation('mean', 'std'),
    classNames,
  })
}

/** A list of names; `classes` may also be their number or a file, which is left alone. */
const listOfNames = (fields: Fields, name: string) =>
  name === 'class_names' || Array.isArray(fields.get(name)) ? fields.fact(name, 'a list of names', names) : undefined

export type { Fact, Hints, Statements } from './fields.ts'
export { preprocessorHints } from './hugging-face-hints.ts'
