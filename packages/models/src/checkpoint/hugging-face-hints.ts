import type { Pooling, Rgb } from '../architecture/config.ts'
import type { Activation } from '../architecture/parts/perceptron.ts'
import type { Filter } from '../architecture/resize.ts'
import { type Fact, Fields, type Hints, map, type PictureHints, present } from './fields.ts'
import type { RotaryKind } from './rotary.ts'

interface Type {
  readonly family: string
  readonly rotary?: RotaryKind
  readonly pooling?: Pooling
  /** What transformers leaves out of a config.json, since it is the type's default. */
  readonly defaults?: Readonly<Record<string, unknown>>
}

const CLIP: Type = {
  family: 'CLIP',
  defaults: {
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    image_size: 224,
    patch_size: 32,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
  },
}
const SIGLIP: Type = {
  family: 'SigLIP',
  defaults: { ...CLIP.defaults, patch_size: 16, hidden_act: 'gelu_pytorch_tanh', layer_norm_eps: 1e-6 },
}
/** NaFlex, for pictures of all sizes. Models of one size call themselves `siglip`. */
const SIGLIP2: Type = {
  family: 'SigLIP',
  defaults: Object.fromEntries(Object.entries(SIGLIP.defaults ?? {}).filter(([name]) => name !== 'image_size')),
}

const AIMV2: Type = {
  family: 'AIMv2',
  defaults: {
    hidden_size: 1024,
    num_hidden_layers: 24,
    num_attention_heads: 8,
    image_size: 224,
    patch_size: 14,
    hidden_act: 'silu',
    rms_norm_eps: 1e-5,
  },
}
const SWIN = { layer_norm_eps: 1e-5, image_size: 224, window_size: 7, hidden_act: 'gelu' }

/** By model_type; of a model of images and texts, its image tower is what is read. */
const TYPES: Readonly<Record<string, Type>> = {
  vit: { family: 'ViT', pooling: 'class' },
  deit: { family: 'DeiT', pooling: 'class' },
  dinov2: { family: 'DINOv2', pooling: 'class-and-patch-mean' },
  dinov2_with_registers: { family: 'DINOv2 with registers', pooling: 'class-and-patch-mean' },
  dinov3_vit: {
    family: 'DINOv3',
    rotary: 'dinov3',
    defaults: { layer_norm_eps: 1e-5, rope_theta: 100, image_size: 224, patch_size: 16 },
  },
  beit: { family: 'BEiT', rotary: 'none', defaults: { layer_norm_eps: 1e-12, image_size: 224 } },
  'data2vec-vision': { family: 'BEiT', rotary: 'none', defaults: { layer_norm_eps: 1e-12, image_size: 224 } },
  ijepa: { family: 'ViT', pooling: 'patch-mean', defaults: { layer_norm_eps: 1e-12, image_size: 224 } },
  swin: { family: 'Swin', defaults: SWIN },
  swinv2: { family: 'Swin V2', defaults: SWIN },
  aimv2: AIMV2,
  aimv2_vision_model: AIMV2,
  clip: CLIP,
  clip_vision_model: CLIP,
  metaclip_2: CLIP,
  metaclip_2_vision_model: CLIP,
  siglip: SIGLIP,
  siglip_vision_model: SIGLIP,
  siglip2: SIGLIP2,
  siglip2_vision_model: SIGLIP2,
}

/** transformers' names of activation functions. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  quick_gelu: 'quickgelu',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_new: 'gelu-tanh',
  silu: 'silu',
}

/** What a config.json of transformers says. */
export function huggingFaceHints(fields: Fields): Hints {
  const name = String(fields.get('model_type'))
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (type === undefined) return fields.fail('model_type', `one of ${Object.keys(TYPES).join(', ')}`)
  const from = `${fields.source}: model_type`
  const tower = (fields.inner('vision_config') ?? fields).withDefaults(type.defaults ?? {}, `default of "${name}"`)
  const width = tower.count('hidden_size')
  const ratio = map(tower.number('mlp_ratio'), r => Math.trunc(r * (width?.value ?? Number.NaN)))
  const pictures = { ...huggingFacePictures(fields), ...present({ imageSize: tower.size('image_size') }) }
  const teacher = String(fields.get('architectures')).includes('WithTeacher')
  const pooling = teacher ? 'class-and-distillation' : type.pooling
  return present({
    family: { value: type.family, from },
    ...pictures,
    positionSize: pictures.imageSize,
    patchSize: tower.size('patch_size'),
    width,
    depth: tower.count('num_hidden_layers'),
    heads: tower.count('num_attention_heads'),
    mlpWidth: tower.count('intermediate_size') ?? ratio,
    layerNormEpsilon: tower.number('layer_norm_eps') ?? tower.number('rms_norm_eps'),
    activation: tower.fact('hidden_act', `one of ${Object.keys(ACTIVATIONS).join(', ')}`, value =>
      Object.hasOwn(ACTIVATIONS, String(value)) ? ACTIVATIONS[String(value)] : undefined,
    ),
    window: tower.count('window_size'),
    trainedWindows: tower.fact('pretrained_window_sizes', 'whole numbers', sides),
    rotary: type.rotary && { value: type.rotary, from },
    rotaryTemperature: tower.number('rope_theta'),
    pooling: pooling && { value: pooling, from: teacher ? `${fields.source}: architectures` : from },
  })
}

const sides = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.every(n => Number.isInteger(n) && n >= 0) ? value : undefined

/** What it says of pictures and classes, whatever the architecture; of a model of images and texts, what its image tower takes. */
export const huggingFacePictures = (fields: Fields): PictureHints =>
  present({
    imageSize: fields.size('image_size') ?? fields.inner('vision_config')?.size('image_size'),
    classNames: fields.fact('id2label', 'names by index', labels),
  })

/** Names by index, or in a list. */
export function labels(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value).map(([index, name]): [number, string] => [Number(index), String(name)])
  const ordered = entries.sort(([a], [b]) => a - b)
  return ordered.every(([index], i) => index === i) ? ordered.map(([, name]) => name) : undefined
}

// PIL.Image.Resampling
const RESAMPLE: Readonly<Record<string, Filter>> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' }

/** What Hugging Face's preprocessor_config.json says. */
export function preprocessorHints(json: unknown, source: string): Hints {
  const fields = new Fields(json, source)
  const rescale = fields.number('rescale_factor')?.value ?? 1 / 255
  if (fields.get('do_rescale') === false || Math.abs(rescale * 255 - 1) > 1e-6)
    fields.fail('rescale_factor', '1/255 with do_rescale')
  const normalises = fields.get('do_normalize') !== false
  const said = fields.normalisation('image_mean', 'image_std')
  const none = (value: Rgb): Fact<Rgb> => ({ value, from: `${source}: do_normalize` })
  // A plain number is a square, as it was before sizes had names.
  const edge = typeof fields.get('size') === 'number' ? undefined : fields.inner('size')?.count('shortest_edge')?.value
  const whole = edge === undefined ? fields.size('size')?.value : { height: edge, width: edge }
  const crops = fields.get('do_center_crop') === true
  const crop = crops ? fields.size('crop_size') : undefined
  if (edge !== undefined && !crop)
    fields.fail('do_center_crop', 'true with a crop_size, since pictures are resized by their shortest edge')
  const kind = `${fields.get('image_processor_type')} ${fields.get('feature_extractor_type')}`
  const filter = fields.fact('resample', '1, 2 or 3 (lanczos, bilinear, bicubic)', value =>
    Object.hasOwn(RESAMPLE, String(value)) ? RESAMPLE[String(value)] : undefined,
  )
  return present({
    imageSize: crop ?? (whole && { value: whole, from: `${source}: size` }),
    mean: normalises ? said.mean : none([0, 0, 0]),
    std: normalises ? said.std : none([1, 1, 1]),
    fit: whole && {
      value: {
        mode: edge === undefined ? 'squash' : 'shortest-edge',
        size: whole,
        filter: filter?.value ?? (/DeiT|Bit/.test(kind) ? 'bicubic' : 'bilinear'),
        margin: 'down',
      },
      from: `${source}: size, resample${crop ? ', crop_size' : ''}`,
    },
  })
}
