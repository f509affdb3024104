import type { Pooling, Rgb } from '../architecture/config.ts'
import type { Filter } from '../architecture/resize.ts'
import { type Fact, Fields, type Hints, map, type PictureHints, present } from './fields.ts'

const HUGGING_FACE_FAMILIES: Readonly<Record<string, string>> = {
  vit: 'ViT',
  deit: 'DeiT',
  dinov2: 'DINOv2',
  dinov2_with_registers: 'DINOv2 with registers',
}

/** What a config.json of transformers says. */
export function huggingFaceHints(fields: Fields): Hints {
  const type = String(fields.get('model_type'))
  const family = Object.hasOwn(HUGGING_FACE_FAMILIES, type) ? HUGGING_FACE_FAMILIES[type] : undefined
  if (family === undefined) fields.fail('model_type', `one of ${Object.keys(HUGGING_FACE_FAMILIES).join(', ')}`)
  const from = `${fields.source}: model_type`
  if (fields.has('hidden_act') && fields.get('hidden_act') !== 'gelu')
    fields.fail('hidden_act', '"gelu" (other activations are not supported)')
  if (fields.get('use_swiglu_ffn') === true)
    fields.fail('use_swiglu_ffn', 'false (SwiGLU is not supported; take a model of size S, B or L)')
  const width = fields.count('hidden_size')
  const ratio = map(fields.number('mlp_ratio'), r => Math.trunc(r * (width?.value ?? Number.NaN)))
  const pictures = huggingFacePictures(fields)
  const teacher = String(fields.get('architectures')).includes('WithTeacher')
  const pooling: Pooling = teacher
    ? 'class-and-distillation'
    : type.startsWith('dinov2')
      ? 'class-and-patch-mean'
      : 'class'
  return present({
    family: { value: family ?? type, from },
    ...pictures,
    positionSize: pictures.imageSize,
    patchSize: fields.size('patch_size'),
    width,
    depth: fields.count('num_hidden_layers'),
    heads: fields.count('num_attention_heads'),
    mlpWidth: fields.count('intermediate_size') ?? ratio,
    layerNormEpsilon: fields.number('layer_norm_eps'),
    pooling: { value: pooling, from: teacher ? `${fields.source}: architectures` : from },
  })
}

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
