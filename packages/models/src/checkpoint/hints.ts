import type { Pooling } from '../architecture/config.ts'
import { Fields, firstOf, type Hints, map, names, type PictureHints, present, sizeFrom } from './fields.ts'
import { huggingFaceHints, huggingFacePictures } from './hugging-face-hints.ts'
import { openClipHints, openClipPictures } from './open-clip-hints.ts'
import { timmHints, timmPictures } from './timm-hints.ts'

interface Dialect {
  readonly all: (fields: Fields) => Hints
  readonly pictures: (fields: Fields) => PictureHints
}

const DIALECTS = {
  timm: { all: timmHints, pictures: timmPictures },
  huggingFace: { all: huggingFaceHints, pictures: huggingFacePictures },
  openClip: { all: openClipHints, pictures: openClipPictures },
  own: { all: ownHints, pictures: ownPictures },
} as const satisfies Readonly<Record<string, Dialect>>

/** Whose config.json it is: Hugging Face's, timm's, open_clip's (open_clip_config.json), or this project's or a training's own, told apart by its fields. */
function dialectOf(fields: Fields): Dialect {
  // transformers wraps timm's models with a model_type of its own.
  if (fields.has('pretrained_cfg')) return DIALECTS.timm
  if (fields.has('model_cfg')) return DIALECTS.openClip
  if (fields.has('model_type')) return DIALECTS.huggingFace
  return isTimm(fields.get('architecture')) ? DIALECTS.timm : DIALECTS.own
}

/** What a config.json says of a Vision Transformer that is read from its weights. */
export function configHints(json: unknown, source: string): Hints {
  const fields = new Fields(json, source)
  return dialectOf(fields).all(fields)
}

/** What a config.json says of pictures and classes, of whatever architecture. */
export function pictureHints(json: unknown, source: string): PictureHints {
  const fields = new Fields(json, source)
  return dialectOf(fields).pictures(fields)
}

const isTimm = (architecture: unknown): boolean =>
  typeof architecture === 'string' &&
  /^(?:vit|deit3?|flexivit|eva|beit\w*|swin\w*|resnet\w*|convnext\w*)(?:_\w+|\d+)$/.test(architecture)

/** Fields that this project or a training script writes. Names that say the same are read alike, others are left alone. */
function ownHints(fields: Fields): Hints {
  const count = (...spellings: readonly string[]) => firstOf(spellings.map(name => fields.count(name)))
  const width = count('embed_dim', 'hidden_size')
  const pictures = ownPictures(fields)
  return present({
    ...pictures,
    positionSize: pictures.imageSize,
    patchSize: fields.fact('patch_size', 'a positive number', sizeFrom),
    width,
    depth: count('depth', 'num_layers', 'num_hidden_layers'),
    heads: count('num_heads', 'n_heads', 'heads', 'num_attention_heads'),
    mlpWidth: map(fields.number('mlp_ratio'), ratio => Math.round(ratio * (width?.value ?? Number.NaN))),
    layerNormEpsilon: fields.number('layer_norm_eps'),
    pooling: firstOf(
      ['pool', 'global_pool'].map(name => fields.fact(name, Object.keys(POOLS).join(', '), poolingFrom)),
    ),
  })
}

function ownPictures(fields: Fields): PictureHints {
  const spelled = <T>(read: (name: string) => T | undefined, ...spellings: readonly string[]): T | undefined =>
    spellings.map(read).find(fact => fact !== undefined)
  return present({
    imageSize: spelled(name => fields.size(name), 'image_size', 'img_size'),
    classes: spelled(name => fields.count(name), 'num_classes', 'n_classes', 'nb_classes'),
    classNames: spelled(name => listOfNames(fields, name), 'class_names', 'classes', 'labels'),
    ...fields.normalisation('mean', 'std'),
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
