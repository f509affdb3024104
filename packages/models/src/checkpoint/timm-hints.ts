import type { Pooling, Size } from '../architecture/config.ts'
import type { Activation } from '../architecture/parts/perceptron.ts'
import type { Fit } from '../architecture/preprocess.ts'
import type { Filter } from '../architecture/resize.ts'
import { type Fact, type Fields, type Hints, names, type PictureHints, present, sizeFrom } from './fields.ts'
import { HEADS } from './published.ts'
import type { RotaryKind } from './rotary.ts'

/** Parts of timm's names of models that compute something else, and what that is. */
export const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^naflexvit_/, "this one is a NaFlexViT of timm's: take one of transformers, or a model of one size"],
  [/sapiens/, 'this one has rotary positions of its own'],
  [
    /_pe_(?:lang|spatial)/,
    'this one is a PE-lang or PE-spatial, whose tokens are for another net and have no final norm',
  ],
  [/^swinv2_cr_/, 'this one has Swin V2 in a form of its own'],
  [/_rpn_|eva02_enormous/, 'this one has norms behind its layers'],
  [/_r\d*_s\d+|_resnet|_mci_/, 'this one is a hybrid with a convolutional net'],
  [/_18x2_|_xp_|pwee/, 'this one has layers side by side'],
  [/_d(?:little|p?wee)_/, 'this one has differential attention'],
]

/** Activation functions other than the exact GELU, by timm's names; the first that fits. */
const ACTIVATIONS: readonly (readonly [RegExp, Activation])[] = [
  // SwiGLU
  [/^(?:eva02|aimv2)_|giant_patch14_(?:dinov2|reg\d)|_plus_\w*dinov3|_7b_|giant_patch16_lingbot/, 'silu'],
  [/quickgelu/, 'quickgelu'],
  [/(?:giantopt_patch16|base_patch32|so400m_patch16)_siglip|large_patch16_siglip_(?:gap_)?512$/, 'gelu-tanh'],
]

/** The activation function of the model that timm names so. */
export const activationNamed = (architecture: string): Activation =>
  ACTIVATIONS.find(([pattern]) => pattern.test(architecture))?.[1] ?? 'gelu'

const PLAIN = /^(?:vit_|deit3?_|flexivit_|eva(?:02)?_|beit(?:v2|3)?_|aimv2_|swin(?:v2)?_|test_vit(?:[234]|_relpos)?$)/

/** Rotary positions, by timm's names; the first that fits. */
const ROTARY: readonly (readonly [RegExp, RotaryKind])[] = [
  [/dinov3|lingbot/, 'dinov3'],
  [/_pe_core_/, 'pe-core'],
  [/_rope_mixed_/, 'learned'],
  [/^eva02_|_rope_reg\d/, 'eva'],
  [/_rope_/, 'rope-vit'],
]

/** The rotary positions of the model that timm names so. */
export const rotaryNamed = (architecture: string): RotaryKind =>
  ROTARY.find(([pattern]) => pattern.test(architecture))?.[1] ?? 'none'

/** Why a model that timm names so cannot be read; undefined if it can. */
export function foreignArchitecture(name: string): string | undefined {
  const foreign = FOREIGN.find(([pattern]) => pattern.test(name))?.[1]
  return foreign ?? (PLAIN.test(name) ? undefined : 'this one is of another family')
}

/** Where timm's models of a width have other heads than the published size, or no published size has their width; the first that fits. */
const OTHER_HEADS: readonly (readonly [RegExp, number])[] = [
  [/^vit_base_patch16_gap_224$|^vit_giantopt_/, 16],
  [/^vit_giant_patch(?:14_(?:dinov2|reg\d)|16_(?:radio|lingbot))/, 24],
  [/_huge_plus_/, 20],
  [/_7b_/, 32],
  [/^aimv2_large_/, 8],
  [/^aimv2_huge_/, 12],
  [/^aimv2_1b_/, 16],
  [/^aimv2_3b_/, 24],
  [/^test_vit(?:[34]|_relpos)$/, 3],
  [/^test_vit/, 2],
]

/** The widths of timm's sizes. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/_tiny_/, 192],
  [/_(?:wee|xsmall)_/, 256],
  [/_little_/, 320],
  [/_small(?:_|$)/, 384],
  [/_mediumd?_/, 512],
  [/_betwixt_/, 640],
  [/_so150m_/, 896],
  [/_so150m2_/, 832],
  [/_base_patch\d+_plus_/, 896],
  [/_base(?:_|$)/, 768],
  [/_large(?:_|$)|_intern300m_/, 1024],
  [/_so400m_/, 1152],
  [/_huge_/, 1280],
  [/_giant_/, 1408],
  [/_gigantic_/, 1664],
]

/** The number of heads that timm gives a model of this name. */
export function headsOf(architecture: string, from: string): Fact<number> | undefined {
  const width = WIDTHS.find(([pattern]) => pattern.test(architecture))?.[1]
  const own = OTHER_HEADS.find(([pattern]) => pattern.test(architecture))?.[1]
  const value = own ?? (width === undefined ? undefined : HEADS[width])
  return value === undefined ? undefined : { value, from }
}

const TIMM_POOLING: Readonly<Record<string, Pooling>> = { token: 'class', avg: 'patch-mean', map: 'attention' }

/** What a config.json of timm says. */
export function timmHints(fields: Fields): Hints {
  const architecture = String(fields.get('architecture'))
  const foreign = foreignArchitecture(architecture)
  if (foreign !== undefined) fields.fail('architecture', `a ViT, DeiT or DINOv2 with position embeddings (${foreign})`)
  const tag = (fields.inner('pretrained_cfg') ?? fields).get('tag') ?? ''
  const patch = /patch(\d+)/.exec(architecture)?.[1]
  const distilled = architecture.includes('distilled')
  const from = `${fields.source}: architecture`
  const own = fields.inner('model_args')
  return present({
    family: { value: timmFamily(`${architecture}.${tag}`), from },
    ...timmPictures(fields),
    patchSize:
      own?.size('patch_size') ??
      (patch === undefined ? undefined : { value: { height: Number(patch), width: Number(patch) }, from }),
    // Swin has other heads in each stage, and its tensors show them.
    heads: /^swin/.test(architecture) ? undefined : (own?.count('num_heads') ?? headsOf(architecture, from)),
    activation: { value: activationNamed(architecture), from },
    layerNormEpsilon: {
      value: /^vit_.*clip|dinov3|lingbot|_pe_core_|^beit3_|^aimv2_|^swin/.test(architecture) ? 1e-5 : 1e-6,
      from,
    },
    rotary: { value: rotaryNamed(architecture), from },
    ...rotaryGridNamed(architecture, from),
    ...windowsNamed(architecture, own, from),
    pooling: distilled
      ? { value: 'class-and-distillation', from }
      : fields.fact('global_pool', `one of ${Object.keys(TIMM_POOLING).join(', ')}`, v =>
          Object.hasOwn(TIMM_POOLING, String(v)) ? TIMM_POOLING[String(v)] : undefined,
        ),
  })
}

/** The grid that a PE-core was trained with: `patch14_336`. */
function rotaryGridNamed(architecture: string, from: string): Hints {
  const [, patch, size] = /_pe_core_.*patch(\d+)_(\d+)$/.exec(architecture) ?? []
  const side = Number(size) / Number(patch)
  return size === undefined ? {} : { rotaryGrid: { value: { rows: side, columns: side }, from } }
}

/** The windows of a Swin V2, and those that it was trained with before: `window12to16_192to256`. */
function windowsNamed(architecture: string, own: Fields | undefined, from: string): Hints {
  const [, first, second, size] = /^swinv2_.*window(\d+)(?:to(\d+)_(\d+)to\d+)?/.exec(architecture) ?? []
  if (first === undefined) return {}
  const trained = [4, 8, 16, 32].map(merged => Math.min(Number(first), Number(size) / merged))
  return present({
    window: own?.count('window_size') ?? { value: Number(second ?? first), from },
    trainedWindows: second === undefined ? undefined : { value: trained, from },
  })
}

/** What it says of pictures and classes, whatever the architecture. */
export function timmPictures(fields: Fields): PictureHints {
  const cfg = fields.inner('pretrained_cfg') ?? fields
  const imageSize = cfg.fact('input_size', '[3, height, width]', value =>
    Array.isArray(value) && value.length === 3 && value[0] === 3 ? sizeFrom(value.slice(1)) : undefined,
  )
  return present({
    imageSize,
    classes: fields.count('num_classes') ?? cfg.count('num_classes'),
    classNames: fields.fact('label_names', 'a list of names', names),
    ...cfg.normalisation('mean', 'std'),
    fit: timmFit(cfg, imageSize?.value),
  })
}

const TIMM_FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^swinv2/, 'Swin V2'],
  [/^swin/, 'Swin'],
  [/_pe_core_/, 'PE-core'],
  [/siglip/, 'SigLIP'],
  [/dinov3|lingbot/, 'DINOv3'],
  [/^eva02/, 'EVA-02'],
  [/_rope_/, 'ViT with rotary positions'],
  [/^beit/, 'BEiT'],
  [/^aimv2/, 'AIMv2'],
  [/relpos/, 'ViT with relative positions'],
  [/_clip_/, 'CLIP'],
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
