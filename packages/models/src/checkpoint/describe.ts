import { type Grid, gridOf, type VisionTransformerConfig } from '../architecture/config.ts'
import type { Head } from '../architecture/parts/head.ts'
import type { Fit } from '../architecture/preprocess.ts'
import type { SpecOptions } from '../architecture/spec.ts'
import type { SwinTransformer } from '../architecture/swin-transformer.ts'
import { parameterShapes, type VisionTransformer } from '../architecture/vision-transformer.ts'
import { ModelError } from '../errors.ts'
import type { AddedHead } from './added-head.ts'
import type { Bytes } from './bytes.ts'
import { type KnownFact, Notes } from './facts.ts'
import { asksOf, familyNamed, familyOf, questionsOf } from './families.ts'
import { type Fact, type Hints, saidBy } from './fields.ts'
import {
  askedPooling,
  assumedHeads,
  assumedSize,
  countBlocks,
  poolingOf,
  prefixOf,
  type StoredGrid,
  shapeOf,
  sideOf,
  sizeOfNaFlex,
  sizeOfPositions,
  storedPositions,
} from './geometry.ts'
import { isNaFlex, withPatchKernel } from './naflex.ts'
import {
  checkParameters,
  inWords,
  noteClasses,
  noteClassNames,
  noteNormalisation,
  noteNumbers,
  noteWeights,
} from './noted.ts'
import {
  activationOf,
  blockParts,
  finalNormOf,
  hasTextTower,
  headOf,
  noHead,
  poolParts,
  withFinalNorm,
  withoutUnused,
  withTexts,
} from './parts.ts'
import { type Interpolation, resizePositions } from './positions.ts'
import { headsShown, relativePositionsOf, requireGridOfTable, withRelativeTables } from './relative-tables.ts'
import { fitFor } from './resizing.ts'
import { rotaryOf, rotaryPositions, withLearnedTurns } from './rotary.ts'
import { replaced, type StateDict } from './state-dict.ts'

/** A checkpoint that was understood: its weights in the geometry of its program. */
interface Known<B extends Bytes> {
  readonly family: string
  readonly fit: Fit
  readonly weights: StateDict<B>
  readonly facts: readonly KnownFact[]
}

/** The same of a Vision Transformer, with its program's geometry. */
export interface Description<B extends Bytes = Bytes> extends Known<B> {
  readonly config: VisionTransformerConfig
}

/** The same of any architecture, with its program. */
export interface Described<B extends Bytes = Bytes> extends Known<B> {
  readonly transformer: CheckpointTransformer
  readonly head: Head
  readonly classNames: readonly string[] | undefined
}

/** A program whose parameters have the names and shapes of a file of weights. */
export type CheckpointTransformer = VisionTransformer | SwinTransformer

/** What was asked for in a model's brackets, and whether its head is a file of its own. */
export type Asked<B extends Bytes = Bytes> = Pick<
  SpecOptions,
  'size' | 'heads' | 'pool' | 'act' | 'grid' | 'mean' | 'std' | 'stage' | 'window'
> & {
  readonly separateHead?: boolean
  /** Embeddings of texts that are its classes. */
  readonly texts?: AddedHead<B>
  /** Whether a model without a head is read, whose scores are the numbers of its embedding. */
  readonly headless?: boolean
}

/**
 * Reads the geometry from the tensors' shapes and from what is said about the model. What is said is checked against the tensors: a
 * contradiction names the tensor, what was expected and what was found. `hints` are in the order in which they are believed.
 */
export function describe<B extends Bytes>(
  given: StateDict<B>,
  hints: readonly Hints[],
  asked: Asked<B> = {},
): Description<B> {
  const notes = new Notes()
  const said = saidBy(hints)
  const from = 'asked for'
  const takesAnyShape = isNaFlex(given)
  const weights = takesAnyShape ? withPatchKernel(given) : given
  const has = (name: string): boolean => weights.arrays.has(name)

  for (const name of ['stage', 'window'] as const)
    if (asked[name] !== undefined)
      throw new ModelError(`${name}=: expected for a Swin Transformer only, got it for a ViT`)
  const kernel = shapeOf(weights, 'patch_embed.proj.weight')
  if (kernel.length !== 4 || kernel[1] !== 3)
    throw new ModelError(
      `${weights.name}: patch_embed.proj.weight: expected [width, 3, rows, columns], got [${kernel.join(', ')}]`,
    )
  noteWeights(notes, weights)
  const shown = familyOf(weights, asked.separateHead === true)
  const separate = asked.separateHead ? ', and a head of its own' : ''
  const family = notes.add('family', said('family') ?? { value: shown.name, from: `names of the tensors${separate}` })
  const known = familyNamed(family) ?? shown
  const { normalisation, epsilon } = known
  const width = notes.add('width', said('width') ?? sideOf(weights, 'patch_embed.proj.weight', 0))
  const depth = notes.add('blocks', said('depth') ?? { value: countBlocks(weights), from: 'names of the tensors' })
  if (!(depth <= weights.arrays.size))
    throw new ModelError(`${weights.name}: expected ${depth} blocks, got ${weights.arrays.size} tensors`)
  const askedHeads = asked.heads === undefined ? undefined : { value: asked.heads, from }
  const headsFound = askedHeads ?? headsShown(weights) ?? said('heads') ?? assumedHeads(width, known.heads)
  const heads = headsFound && notes.add('heads', headsFound)
  // transformers says the width of a perceptron before its gate is taken into account.
  const mlpShown = sideOf(weights, 'blocks.0.mlp.fc1.weight', 0).value
  const mlpWidth = has('blocks.0.mlp.gate.weight') ? mlpShown : (said('mlpWidth')?.value ?? mlpShown)
  const { texts } = asked
  const isHeadless = texts === undefined && !has('head.weight')
  if (isHeadless && !asked.headless) throw noHead(weights, shown)
  const activation = notes.add('activation', activationOf(weights, shown, asked.act, said('activation')))
  const classNames = isHeadless ? undefined : (texts?.classNames ?? said('classNames'))
  const projection = has('projection.weight') ? sideOf(weights, 'projection.weight', 0) : undefined
  if (projection) notes.add('embedding', projection)
  const pooling = notes.add('the head reads', askedPooling(asked.pool) ?? said('pooling') ?? poolingOf(weights, width))
  const size = projection?.value ?? (pooling === 'class-and-patch-mean' ? 2 * width : width)
  const head = headOf(notes, weights, texts, size)
  const classes = isHeadless
    ? noteNumbers(notes, size)
    : noteClasses(notes, weights, texts ? { value: texts.classes, from: 'texts' } : said('classes'), classNames)
  const asks = asksOf(known, weights).filter(
    question => (question !== 'class' || !isHeadless) && (question !== 'image' || pooling !== 'class-and-distillation'),
  )
  notes.add('can be asked about', { value: questionsOf({ asks }), from: 'family and head' })
  const knowsTexts = hasTextTower(weights)
  if (knowsTexts || asks.includes('text'))
    notes.add('text tower', {
      value: knowsTexts
        ? 'in the same file'
        : 'not in this file: texts are asked about by their embeddings, FILE[text=EMBEDDINGS.safetensors]',
      from: 'names of the tensors',
    })
  if (weights.headNote !== '') notes.add('head', { value: weights.headNote, from: 'names of the tensors' })
  const patchSize = notes.add(
    'patch',
    said('patchSize') ?? {
      value: { height: kernel[2] ?? 0, width: kernel[3] ?? 0 },
      from: `patch_embed.proj.weight [${kernel.join(', ')}]`,
    },
  )
  const prefixTokens = notes.add('tokens before the patches', {
    value: prefixOf(weights),
    from: 'names of the tensors',
  })
  const layerNormEpsilon = notes.add(
    'epsilon of the norms',
    said('layerNormEpsilon') ?? assumedEpsilon(weights, family, epsilon),
  )

  const turned = rotaryOf(weights, shown.name, said('rotary'))
  const rotary = turned.value === 'none' ? turned.value : notes.add('rotary positions', turned)
  const positions = storedPositions(weights, prefixTokens.length, patchSize, {
    grid: asked.grid,
    positions: said('positionSize')?.value,
    pictures: said('imageSize')?.value,
  })
  const askedSize = asked.size && { value: asked.size, from }
  const imageSize = notes.add(
    'image',
    askedSize ??
      said('imageSize') ??
      (takesAnyShape ? sizeOfNaFlex : sizeOfPositions)(weights, positions, patchSize) ??
      assumedSize(weights, patchSize),
  )
  const { mean, std } = noteNormalisation(notes, weights, asked, { family, normalisation }, said('mean'), said('std'))
  const fit = notes.add('resize', fitFor(said('fit'), said('imageSize')?.value, imageSize))
  noteClassNames(notes, classNames)

  const relativePositions = relativePositionsOf(weights)
  const plain: VisionTransformerConfig = {
    imageSize,
    patchSize,
    width,
    depth,
    heads: heads ?? 1,
    mlpWidth,
    classes,
    layerNormEpsilon,
    mean,
    std,
    prefixTokens,
    pooling,
    ...poolParts(weights, pooling, known),
    positions: !positions ? 'none' : positions.value.prefix === 0 && prefixTokens.length > 0 ? 'patches' : 'all',
    finalNorm: said('finalNorm')?.value ?? finalNormOf(weights),
    preNorm: has('norm_pre.weight'),
    patchBias: has('patch_embed.proj.bias'),
    patchNorm: has('patch_embed.norm.weight'),
    norm: has('blocks.0.norm1.bias') ? 'layer' : 'rms',
    ...blockParts(weights, activation),
    ...(relativePositions && { relativePositions }),
    ...(projection && { projection: projection.value, projectionBias: has('projection.bias') }),
    head,
    ...(classNames && { classNames: classNames.value }),
  }
  // No shape depends on the heads: a net of another kind is told first.
  const grid = gridOf(plain)
  requireGridOfTable(weights, grid)
  const turns = rotaryPositions(rotary, grid, width / plain.heads, {
    temperature: said('rotaryTemperature')?.value,
    trained: said('rotaryGrid')?.value ?? positions?.value,
  })
  const config: VisionTransformerConfig = turns ? { ...plain, rotary: turns } : plain
  const whole = withRelativeTables(withLearnedTurns(withTexts(weights, texts), config, grid), grid)
  const named = withFinalNorm(withoutUnused(whole, config), config)
  const registers = prefixTokens.includes('register')
  const interpolation: Interpolation = takesAnyShape
    ? 'bilinear'
    : weights.dialect === 'hugging-face' && !registers
      ? 'plain'
      : 'antialiased'
  const fitting = positions
    ? fitPositions(notes, named, config, positions, interpolation)
    : noteGrid(notes, named, grid)
  checkParameters(fitting, parameterShapes(config))
  if (heads === undefined) throw noHeads(weights, width)
  return { family, config, fit, weights: fitting, facts: notes.facts }
}

function noteGrid<B extends Bytes>(notes: Notes, weights: StateDict<B>, grid: Grid): StateDict<B> {
  notes.add('grid', { value: inWords(grid), from: 'image and patch' })
  return weights
}

/** Brings position embeddings to the grid of the model's pictures, where it is another than theirs. */
function fitPositions<B extends Bytes>(
  notes: Notes,
  weights: StateDict<B>,
  config: VisionTransformerConfig,
  { value: stored, ...whence }: Fact<StoredGrid>,
  interpolation: Interpolation,
): StateDict<B> {
  const grid = gridOf(config)
  const value = inWords(grid)
  if (grid.rows === stored.rows && grid.columns === stored.columns) {
    notes.add('grid', { ...whence, value })
    return weights
  }
  const how = interpolation === 'bilinear' ? 'bilinear, antialiased' : `bicubic, ${interpolation}`
  const from = `positions interpolated from ${inWords(stored)} (${how})`
  notes.add('grid', { ...whence, value, from })
  return replaced(weights, 'pos_embed', [1, stored.prefix + grid.rows * grid.columns, config.width], own =>
    resizePositions(own, stored.prefix, stored, grid, interpolation),
  )
}

function assumedEpsilon({ arrays, dialect }: StateDict, family: string, epsilon: number): Fact<number> {
  if (dialect === 'hugging-face' && (family === 'BEiT' || !arrays.has('blocks.0.ls1.gamma')))
    return { value: 1e-12, from: `assumed: transformers' value for a ${family}` }
  return { value: epsilon, from: `assumed: ${dialect}'s value for a ${family}` }
}

function noHeads({ name }: StateDict, width: number): ModelError {
  return new ModelError(
    `${name}: the number of heads is not in the tensors and ${width} is no published width: put a config.json beside the file, or open it as FILE[heads=N]`,
  )
}
