import type { Pooling, Rgb, Size } from '../architecture/config.ts'
import type { Fit } from '../architecture/preprocess.ts'
import type { Filter } from '../architecture/resize.ts'
import { ModelError } from '../errors.ts'
import { shown } from './shown.ts'

/** What is said of a model outside of its tensors. */
export interface Statements {
  readonly family: string
  /** Of the pictures that the model takes, and of the grid of its position embeddings. */
  readonly imageSize: Size
  readonly positionSize: Size
  readonly patchSize: Size
  readonly width: number
  readonly depth: number
  readonly heads: number
  readonly mlpWidth: number
  readonly classes: number
  readonly layerNormEpsilon: number
  readonly pooling: Pooling
  readonly classNames: readonly string[]
  readonly mean: Rgb
  readonly std: Rgb
  readonly fit: Fit
}

/** A fact and where it was found. */
export interface Fact<T> {
  readonly value: T
  readonly from: string
}

export type Hints = { readonly [K in keyof Statements]?: Fact<Statements[K]> }

const quoted = (value: unknown): string => (typeof value === 'string' ? `"${shown(value)}"` : shown(value))

/** Reads JSON fields with their place, for messages and for the record of where each fact is from. */
class Fields {
  readonly source: string
  private readonly fields: Readonly<Record<string, unknown>>

  constructor(json: unknown, source: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new ModelError(`${source}: expected an object`)
    this.source = source
    this.fields = { ...json }
  }

  get(name: string): unknown {
    return this.fields[name]
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null
  }

  fail(name: string, expected: string): never {
    throw new ModelError(`${this.source}: ${name}: expected ${expected}, got ${quoted(this.fields[name])}`)
  }

  /** The field as a fact, if it is there. */
  fact<T>(name: string, expected: string, read: (value: unknown) => T | undefined): Fact<T> | undefined {
    if (!this.has(name)) return undefined
    return { value: read(this.fields[name]) ?? this.fail(name, expected), from: `${this.source}: ${name}` }
  }

  number(name: string): Fact<number> | undefined {
    return this.fact(name, 'a positive number', positive)
  }

  rgb(name: string): Fact<Rgb> | undefined {
    return this.fact(name, 'three numbers', value => {
      const [r, g, b] = Array.isArray(value) ? value : []
      return [r, g, b].every(n => typeof n === 'number' && Number.isFinite(n)) ? [r, g, b] : undefined
    })
  }

  /** One number, or [height, width], or { height, width }. */
  size(name: string): Fact<Size> | undefined {
    return this.fact(name, 'a size', sizeFrom)
  }

  inner(name: string): Fields | undefined {
    return this.has(name) ? new Fields(this.fields[name], `${this.source}: ${name}`) : undefined
  }
}

const positive = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined)

function sizeFrom(value: unknown): Size | undefined {
  const { height, width } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const [h, w] = Array.isArray(value) ? value : [height ?? value, width ?? value]
  const whole = (n: unknown): n is number => Number.isInteger(n) && Number(n) > 0
  return whole(h) && whole(w) ? { height: h, width: w } : undefined
}

const map = <A, B>(fact: Fact<A> | undefined, change: (value: A) => B): Fact<B> | undefined =>
  fact && { value: change(fact.value), from: fact.from }

const names = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.length > 0 ? value.map(String) : undefined

/** What a config.json says: this project's, Hugging Face's or timm's, told apart by its fields. */
export function configHints(json: unknown, source: string): Hints {
  const fields = new Fields(json, source)
  // transformers wraps timm's models with a model_type of its own.
  if (fields.has('architecture')) return timmHints(fields)
  if (fields.has('model_type')) return huggingFaceHints(fields)
  return ownHints(fields)
}

function ownHints(fields: Fields): Hints {
  const width = fields.number('embed_dim')
  const imageSize = fields.size('image_size')
  return present({
    imageSize,
    positionSize: imageSize,
    patchSize: fields.fact('patch_size', 'a positive number', sizeFrom),
    width,
    depth: fields.number('depth'),
    heads: fields.number('num_heads'),
    mlpWidth: map(fields.number('mlp_ratio'), ratio => Math.round(ratio * (width?.value ?? Number.NaN))),
    classes: fields.number('num_classes'),
    layerNormEpsilon: fields.number('layer_norm_eps'),
    mean: fields.rgb('mean'),
    std: fields.rgb('std'),
    classNames: fields.fact('class_names', 'a list of names', names),
  })
}

const HUGGING_FACE_FAMILIES: Readonly<Record<string, string>> = {
  vit: 'ViT',
  deit: 'DeiT',
  dinov2: 'DINOv2',
  dinov2_with_registers: 'DINOv2 with registers',
}

function huggingFaceHints(fields: Fields): Hints {
  const type = String(fields.get('model_type'))
  const family = HUGGING_FACE_FAMILIES[type]
  if (family === undefined) fields.fail('model_type', `one of ${Object.keys(HUGGING_FACE_FAMILIES).join(', ')}`)
  const from = `${fields.source}: model_type`
  if (fields.has('hidden_act') && fields.get('hidden_act') !== 'gelu')
    fields.fail('hidden_act', '"gelu" (other activations are not supported)')
  if (fields.get('use_swiglu_ffn') === true)
    fields.fail('use_swiglu_ffn', 'false (SwiGLU is not supported; take a model of size S, B or L)')
  const width = fields.number('hidden_size')
  const ratio = map(fields.number('mlp_ratio'), r => Math.trunc(r * (width?.value ?? Number.NaN)))
  const imageSize = fields.size('image_size')
  const teacher = String(fields.get('architectures')).includes('WithTeacher')
  const pooling: Pooling = teacher
    ? 'class-and-distillation'
    : type.startsWith('dinov2')
      ? 'class-and-patch-mean'
      : 'class'
  return present({
    family: { value: family ?? type, from },
    imageSize,
    positionSize: imageSize,
    patchSize: fields.size('patch_size'),
    width,
    depth: fields.number('num_hidden_layers'),
    heads: fields.number('num_attention_heads'),
    mlpWidth: fields.number('intermediate_size') ?? ratio,
    layerNormEpsilon: fields.number('layer_norm_eps'),
    pooling: { value: pooling, from: teacher ? `${fields.source}: architectures` : from },
    classNames: fields.fact('id2label', 'names by index', labels),
  })
}

function labels(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const entries = Object.entries(value).map(([index, name]): [number, string] => [Number(index), String(name)])
  const ordered = entries.sort(([a], [b]) => a - b)
  return ordered.every(([index], i) => index === i) ? ordered.map(([, name]) => name) : undefined
}

const TIMM_POOLING: Readonly<Record<string, Pooling>> = { token: 'class', avg: 'patch-mean' }

function timmHints(fields: Fields): Hints {
  const architecture = String(fields.get('architecture'))
  if (!/^(?:vit|deit3?|flexivit)_/.test(architecture) || /rope|swiglu|siglip|quickgelu|relpos/.test(architecture))
    fields.fail(
      'architecture',
      'a ViT, DeiT or DINOv2 without rotary or relative positions, SwiGLU, SigLIP or QuickGELU',
    )
  const cfg = fields.inner('pretrained_cfg') ?? fields
  const arguments_ = fields.inner('model_args')
  const imageSize = cfg.fact('input_size', '[3, height, width]', value =>
    Array.isArray(value) && value.length === 3 && value[0] === 3 ? sizeFrom(value.slice(1)) : undefined,
  )
  const patch = /patch(\d+)/.exec(architecture)?.[1]
  const distilled = architecture.includes('distilled')
  const from = `${fields.source}: architecture`
  return present({
    family: { value: timmFamily(`${architecture}.${cfg.get('tag') ?? ''}`), from },
    imageSize,
    ...(patch !== undefined && { patchSize: { value: { height: Number(patch), width: Number(patch) }, from } }),
    heads: arguments_?.number('num_heads'),
    classes: fields.number('num_classes') ?? cfg.number('num_classes'),
    layerNormEpsilon: { value: architecture.includes('clip') ? 1e-5 : 1e-6, from },
    pooling: distilled
      ? { value: 'class-and-distillation', from }
      : fields.fact('global_pool', `one of ${Object.keys(TIMM_POOLING).join(', ')}`, v => TIMM_POOLING[String(v)]),
    classNames: fields.fact('label_names', 'a list of names', names),
    mean: cfg.rgb('mean'),
    std: cfg.rgb('std'),
    fit: timmFit(cfg, imageSize?.value),
  })
}

const TIMM_FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/dinov2.*reg|reg.*dinov2/, 'DINOv2 with registers'],
  [/dinov2/, 'DINOv2'],
  [/dino/, 'DINO'],
  [/^deit3/, 'DeiT III'],
  [/^deit/, 'DeiT'],
]

const timmFamily = (name: string): string => TIMM_FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? 'ViT'

/** timm's transform for evaluation: `transforms_imagenet_eval`. */
function timmFit(cfg: Fields, imageSize: Size | undefined): Fact<Fit> | undefined {
  if (!imageSize || !cfg.has('interpolation')) return undefined
  const filter = String(cfg.get('interpolation'))
  if (!isFilter(filter)) return cfg.fail('interpolation', 'bilinear, bicubic or lanczos')
  const share = cfg.number('crop_pct')?.value ?? 0.875
  const mode = cfg.get('crop_mode') ?? 'center'
  if (mode !== 'center' && mode !== 'squash') return cfg.fail('crop_mode', 'center or squash')
  const size = { height: Math.floor(imageSize.height / share), width: Math.floor(imageSize.width / share) }
  return {
    value: { mode: mode === 'squash' ? 'squash' : 'shortest-edge', size, filter, margin: 'half-even' },
    from: `${cfg.source}: crop_pct, crop_mode, interpolation`,
  }
}

const isFilter = (name: string): name is Filter => ['bilinear', 'bicubic', 'lanczos'].includes(name)

// PIL.Image.Resampling
const RESAMPLE: Readonly<Record<string, Filter>> = { 1: 'lanczos', 2: 'bilinear', 3: 'bicubic' }

/** What Hugging Face's preprocessor_config.json says. */
export function preprocessorHints(json: unknown, source: string): Hints {
  const fields = new Fields(json, source)
  const rescale = fields.number('rescale_factor')?.value ?? 1 / 255
  if (fields.get('do_rescale') === false || Math.abs(rescale * 255 - 1) > 1e-6)
    fields.fail('rescale_factor', '1/255 with do_rescale')
  const normalises = fields.get('do_normalize') !== false
  const none = (value: Rgb): Fact<Rgb> => ({ value, from: `${source}: do_normalize` })
  // A plain number is a square, as it was before sizes had names.
  const edge = typeof fields.get('size') === 'number' ? undefined : fields.inner('size')?.number('shortest_edge')?.value
  const whole = edge === undefined ? fields.size('size')?.value : { height: edge, width: edge }
  const crops = fields.get('do_center_crop') === true
  const crop = crops ? fields.size('crop_size') : undefined
  if (edge !== undefined && !crop)
    fields.fail('do_center_crop', 'true with a crop_size, since pictures are resized by their shortest edge')
  const kind = `${fields.get('image_processor_type')} ${fields.get('feature_extractor_type')}`
  const filter = fields.fact('resample', '1, 2 or 3 (lanczos, bilinear, bicubic)', value => RESAMPLE[String(value)])
  return present({
    imageSize: crop ?? (whole && { value: whole, from: `${source}: size` }),
    mean: normalises ? fields.rgb('image_mean') : none([0, 0, 0]),
    std: normalises ? fields.rgb('image_std') : none([1, 1, 1]),
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

/** The hints that are there. */
const present = (hints: { readonly [K in keyof Statements]?: Fact<Statements[K]> | undefined }): Hints =>
  Object.fromEntries(Object.entries(hints).filter(([, fact]) => fact !== undefined)) as Hints
