import {
  gridOf,
  type Pooling,
  type PrefixToken,
  parameterShapes,
  type Rgb,
  type Size,
  type VisionTransformerConfig,
} from '../architecture/config.ts'
import type { Fit } from '../architecture/preprocess.ts'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { firstFew } from './checkpoint.ts'
import type { Fact, Hints, Statements } from './hints.ts'
import { type Interpolation, resizePositions } from './positions.ts'
import { replaced, type StateDict } from './state-dict.ts'

/** Something that is known of a model, in words, and where it was found. */
export interface KnownFact {
  readonly what: string
  readonly value: string
  readonly from: string
  /** Set where the fact is a guess that changes numbers if it is wrong: what is guessed, and what to do to be sure. */
  readonly caution?: string
}

/** A checkpoint that was understood: its program's geometry and its weights in that geometry. */
export interface Description<B extends Bytes = Bytes> {
  readonly family: string
  readonly config: VisionTransformerConfig
  readonly fit: Fit
  readonly weights: StateDict<B>
  readonly facts: readonly KnownFact[]
}

export const IMAGENET: { readonly mean: Rgb; readonly std: Rgb } = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
}
export const HALF: { readonly mean: Rgb; readonly std: Rgb } = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }

/** Heads of the published sizes by width; all but the largest have heads of 64 channels. */
const HEADS: Readonly<Record<number, number>> = { 192: 3, 384: 6, 768: 12, 1024: 16, 1280: 16, 1408: 16, 1664: 16 }

/**
 * Reads the geometry from the tensors' shapes and from what is said about the model. What is said is checked against the tensors: a
 * contradiction names the tensor, what was expected and what was found. `hints` are in the order in which they are believed.
 */
export function describe<B extends Bytes>(
  weights: StateDict<B>,
  hints: readonly Hints[],
  asked: { readonly size?: Size; readonly separateHead?: boolean } = {},
): Description<B> {
  const facts: KnownFact[] = []
  const said = <K extends keyof Statements>(what: K): Fact<Statements[K]> | undefined =>
    hints.map(hint => hint[what]).find(fact => fact !== undefined)
  const note = <T>(what: string, { value, from }: Fact<T>, caution?: string): T => {
    facts.push({ what, value: show(value), from, ...(caution !== undefined && { caution }) })
    return value
  }
  const has = (name: string): boolean => weights.arrays.has(name)
  const shapeOf = (name: string): readonly number[] => {
    if (!has(name))
      throw new ModelError(`${weights.name}: missing "${name}"; it has ${firstFew([...weights.arrays.keys()])}`)
    return shapeIn(weights, name)
  }
  const fromShape = (name: string, axis: number): Fact<number> => ({
    value: shapeOf(name)[axis] ?? 0,
    from: `${name} [${shapeOf(name).join(', ')}]`,
  })

  const kernel = shapeOf('patch_embed.proj.weight')
  if (kernel.length !== 4 || kernel[1] !== 3)
    throw new ModelError(
      `${weights.name}: patch_embed.proj.weight: expected [width, 3, rows, columns], got [${kernel.join(', ')}]`,
    )
  const family = note('family', said('family') ?? familyOf(weights, asked.separateHead === true))
  const width = note('width', said('width') ?? fromShape('patch_embed.proj.weight', 0))
  const depth = note('blocks', said('depth') ?? { value: countBlocks(weights), from: 'names of the tensors' })
  const heads = note('heads', said('heads') ?? guessHeads(weights, width))
  const mlpWidth = said('mlpWidth')?.value ?? fromShape('blocks.0.mlp.fc1.weight', 0).value
  if (!has('head.weight')) throw noHead(weights)
  const classes = note('classes', said('classes') ?? classesBy(said('classNames')) ?? fromShape('head.weight', 0))
  const patchSize = note(
    'patch',
    said('patchSize') ?? {
      value: { height: kernel[2] ?? 0, width: kernel[3] ?? 0 },
      from: `patch_embed.proj.weight [${kernel.join(', ')}]`,
    },
  )
  const prefixTokens = note('tokens before the patches', { value: prefixOf(weights), from: 'names of the tensors' })
  const pooling = note('the head reads', said('pooling') ?? poolingOf(weights, width))
  const layerNormEpsilon = note(
    'epsilon of the norms',
    said('layerNormEpsilon') ?? {
      value: has('norm_pre.weight') ? 1e-5 : 1e-6,
      from: `assumed: timm's value for ${has('norm_pre.weight') ? 'CLIP' : 'a ViT'}`,
    },
  )

  const [, count = 0] = shapeOf('pos_embed')
  const stored = storedGrid(
    weights,
    count,
    prefixTokens.length,
    said('positionSize')?.value,
    said('imageSize')?.value,
    patchSize,
  )
  const trained = { height: stored.rows * patchSize.height, width: stored.columns * patchSize.width }
  const imageSize = note(
    'image',
    asked.size
      ? { value: asked.size, from: 'asked for' }
      : (said('imageSize') ?? { value: trained, from: `pos_embed [1, ${count}, ${width}]` }),
  )
  const fallback = family.startsWith('ViT') ? HALF : IMAGENET
  const assumed = `assumed: what most ${family} checkpoints were trained with`
  const caution =
    'mean and std are assumed: add a preprocessor_config.json or config.json that says them, or open it as FILE[mean=imagenet] or FILE[mean=half]'
  const mean = note('mean', said('mean') ?? { value: fallback.mean, from: assumed })
  const std = note(
    'std',
    said('std') ?? { value: fallback.std, from: assumed },
    said('mean') && said('std') ? undefined : caution,
  )
  const squash: Fit = { mode: 'squash', size: imageSize, filter: 'bilinear', margin: 'down' }
  const fit = note(
    'resize',
    fitFor(said('fit'), said('imageSize')?.value, imageSize) ?? { value: squash, from: 'assumed' },
  )
  const classNames = said('classNames')
  facts.push({
    what: 'class names',
    value: classNames ? firstFew(classNames.value, 3) : 'none',
    from: classNames?.from ?? 'no config.json names them; classes are asked for by index',
  })

  const config: VisionTransformerConfig = {
    imageSize,
    patchSize,
    width,
    depth,
    heads,
    mlpWidth,
    classes,
    layerNormEpsilon,
    mean,
    std,
    prefixTokens,
    pooling,
    positions: stored.prefix === 0 && prefixTokens.length > 0 ? 'patches' : 'all',
    finalNorm: has('fc_norm.weight') && !has('norm.weight') ? 'pooled' : 'tokens',
    preNorm: has('norm_pre.weight'),
    layerScale: has('blocks.0.ls1.gamma'),
    patchBias: has('patch_embed.proj.bias'),
    qkvBias: has('blocks.0.attn.qkv.bias'),
    ...(classNames && { classNames: classNames.value }),
  }
  const grid = gridOf(config)
  const interpolation: Interpolation =
    weights.dialect === 'hugging-face' && !prefixTokens.includes('register') ? 'plain' : 'antialiased'
  const resized = grid.rows !== stored.rows || grid.columns !== stored.columns
  const show2 = (g: { rows: number; columns: number }): string => `${g.rows} x ${g.columns}`
  note('grid', {
    value: show2(grid),
    from: resized ? `positions interpolated from ${show2(stored)} (bicubic, ${interpolation})` : 'image and patch',
  })
  const fitting = resized
    ? replaced(weights, 'pos_embed', [1, stored.prefix + grid.rows * grid.columns, width], own =>
        resizePositions(own, stored.prefix, stored, grid, interpolation),
      )
    : weights
  checkParameters(fitting, config)
  return { family, config, fit, weights: fitting, facts }
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : 'none'
  if (typeof value !== 'object' || value === null) return String(value)
  const { height, width, mode, size, filter } = value as Partial<Size & Fit>
  if (mode !== undefined) return `${mode} to ${show(size)}, ${filter}, centre cut out`
  return `${height} x ${width}`
}

const shapeIn = ({ arrays }: StateDict, name: string): readonly number[] => arrays.get(name)?.shape ?? []

const countBlocks = ({ arrays }: StateDict): number =>
  1 + [...arrays.keys()].reduce((top, name) => Math.max(top, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)), -1)

function guessHeads({ name }: StateDict, width: number): Fact<number> {
  const heads = HEADS[width]
  if (heads === undefined)
    throw new ModelError(
      `${name}: the number of heads is not in the tensors and ${width} is no published width: put a config.json beside the file, or open it as FILE[heads=N]`,
    )
  return { value: heads, from: `assumed: the published model of width ${width}` }
}

const classesBy = (names: Fact<readonly string[]> | undefined): Fact<number> | undefined =>
  names && { value: names.value.length, from: names.from }

function noHead({ name, arrays }: StateDict): ModelError {
  const dino = arrays.has('cls_token') ? ' (a backbone without a classifier, such as DINO or DINOv2)' : ''
  return new ModelError(
    `${name}: missing "head.weight"${dino}: open it with its linear classifier as FILE[head=HEAD_FILE], or take a fine-tuned checkpoint`,
  )
}

function prefixOf(weights: StateDict): PrefixToken[] {
  const registers = weights.arrays.has('reg_token') ? (shapeIn(weights, 'reg_token')[1] ?? 0) : 0
  return [
    ...(weights.arrays.has('cls_token') ? (['class'] as const) : []),
    ...(weights.arrays.has('dist_token') ? (['distillation'] as const) : []),
    ...Array.from({ length: registers }, () => 'register' as const),
  ]
}

function poolingOf(weights: StateDict, width: number): Fact<Pooling> {
  const { arrays, name } = weights
  if (arrays.has('head_dist.weight')) return { value: 'class-and-distillation', from: 'head_dist.weight is there' }
  const [, features = 0] = shapeIn(weights, 'head.weight')
  if (features === 2 * width) return { value: 'class-and-patch-mean', from: `head.weight reads ${features} features` }
  if (features !== width)
    throw new ModelError(
      `${name}: head.weight: expected [classes, ${width}] or [classes, ${2 * width}], got [${shapeIn(weights, 'head.weight').join(', ')}] (heads over several blocks are not supported; take the one over the last block)`,
    )
  if (!arrays.has('cls_token')) return { value: 'patch-mean', from: 'there is no class token' }
  if (arrays.has('fc_norm.weight')) return { value: 'patch-mean', from: 'the final norm is fc_norm' }
  return { value: 'class', from: 'there is a class token and a plain head' }
}

function familyOf({ arrays }: StateDict, separateHead: boolean): Fact<string> {
  const has = (name: string) => arrays.has(name)
  const from = separateHead ? 'names of the tensors, and a head of its own' : 'names of the tensors'
  if (has('blocks.0.ls1.gamma') && has('reg_token')) return { value: 'DINOv2 with registers', from }
  if (has('blocks.0.ls1.gamma')) return { value: separateHead ? 'DINOv2' : 'DINOv2 or DeiT III', from }
  if (has('dist_token')) return { value: 'DeiT', from }
  return { value: separateHead ? 'DINO' : 'ViT', from }
}

interface StoredGrid {
  readonly rows: number
  readonly columns: number
  /** Positions of tokens before the patches. */
  readonly prefix: number
}

/** The grid that the position embeddings belong to: the one that is said, else that of the model's pictures if it fits, else a square. */
function storedGrid(
  { name }: StateDict,
  count: number,
  prefix: number,
  said: Size | undefined,
  pictures: Size | undefined,
  patch: Size,
): StoredGrid {
  const gridFor = ({ height, width }: Size): StoredGrid | undefined => {
    const [rows, columns] = [height / patch.height, width / patch.width]
    const before = [prefix, 0].find(tokens => tokens + rows * columns === count)
    return before === undefined ? undefined : { rows, columns, prefix: before }
  }
  if (said) {
    const { height, width } = said
    const found = gridFor(said)
    if (found) return found
    throw new ModelError(
      `${name}: pos_embed: expected ${prefix} + ${height / patch.height} x ${width / patch.width} positions for images of ${height} x ${width}, got ${count}`,
    )
  }
  const fitting = pictures && gridFor(pictures)
  if (fitting) return fitting
  const before = [prefix, 0].find(tokens => count > tokens && Number.isInteger(Math.sqrt(count - tokens)))
  if (before === undefined)
    throw new ModelError(
      `${name}: pos_embed: expected ${prefix} + the positions of a square grid, got ${count}; for another grid put a config.json with image_size [height, width] beside the file`,
    )
  const side = Math.sqrt(count - before)
  return { rows: side, columns: side, prefix: before }
}

/** The way to the asked size: as it is said for the model's own size, in proportion. */
function fitFor(fit: Fact<Fit> | undefined, own: Size | undefined, asked: Size): Fact<Fit> | undefined {
  if (!fit || !own || (own.height === asked.height && own.width === asked.width)) return fit
  const { height, width } = fit.value.size
  const size = {
    height: Math.round((height * asked.height) / own.height),
    width: Math.round((width * asked.width) / own.width),
  }
  return { value: { ...fit.value, size }, from: `${fit.from}, in proportion` }
}

export function checkParameters(weights: StateDict, config: VisionTransformerConfig): void {
  const expected = parameterShapes(config)
  for (const [name, shape] of expected) {
    if (!weights.arrays.has(name)) throw new ModelError(`${weights.name}: missing "${name}" [${shape.join(', ')}]`)
    const found = shapeIn(weights, name)
    if (found.join() !== shape.join())
      throw new ModelError(`${weights.name}: ${name}: expected [${shape.join(', ')}], got [${found.join(', ')}]`)
  }
  const surplus = [...weights.arrays.keys()].filter(name => !expected.has(name))
  if (surplus.length > 0) throw new ModelError(`${weights.name}: no place for ${firstFew(surplus)}`)
}
