import type { Size } from '../architecture/config.ts'
import type { SpecOptions } from '../architecture/spec.ts'
import { type SwinConfig, type SwinStage, swinTransformer } from '../architecture/swin-transformer.ts'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import type { Asked, Described } from './describe.ts'
import { Notes } from './facts.ts'
import { familyOf, questionsOf } from './families.ts'
import { type Fact, type Hints, saidBy } from './fields.ts'
import { shapeOf, sideOf } from './geometry.ts'
import {
  checkParameters,
  inWords,
  noteClasses,
  noteClassNames,
  noteNormalisation,
  noteNumbers,
  noteWeights,
} from './noted.ts'
import { activationOf, noHead, withoutUnused } from './parts.ts'
import { fitFor } from './resizing.ts'
import type { StateDict } from './state-dict.ts'
import { sideOfCoordinates, sideOfTable, withWindowTables } from './swin-arrays.ts'

/** What can be asked for in brackets of other models only. */
const NOT_OF_SWIN = ['heads', 'pool', 'grid'] as const satisfies readonly (keyof SpecOptions)[]

/**
 * Reads the geometry of a Swin Transformer from the tensors' shapes; what these do not show, the windows of Swin V2 and the size of pictures,
 * from what is said about the model.
 */
export function describeSwin<B extends Bytes>(
  weights: StateDict<B>,
  version: 1 | 2,
  hints: readonly Hints[],
  asked: Asked<B>,
): Described<B> {
  const notes = new Notes()
  const said = saidBy(hints)
  for (const name of NOT_OF_SWIN)
    if (asked[name] !== undefined)
      throw new ModelError(`${name}=: expected for a ViT only, got it for a Swin Transformer, whose tensors say it`)
  if (asked.texts)
    throw new ModelError(`${weights.name}: text=: expected a model of CLIP's kind, got a Swin Transformer`)
  const from = 'names of the tensors'
  const has = (name: string): boolean => weights.arrays.has(name)

  noteWeights(notes, weights)
  const shown = familyOf(weights, asked.separateHead === true)
  const family = notes.add('family', { value: shown.name, from })
  const isHeadless = !has('head.weight')
  if (isHeadless && !asked.headless) throw noHead(weights, shown)
  const activation = notes.add('activation', activationOf(weights, shown, asked.act, said('activation')))
  const kernel = shapeOf(weights, 'patch_embed.proj.weight')
  const patchSize = notes.add('patch', {
    value: { height: kernel[2] ?? 0, width: kernel[3] ?? 0 },
    from: `patch_embed.proj.weight [${kernel.join(', ')}]`,
  })
  const depths = notes.add('blocks', { value: depthsOf(weights), from })
  const widths = depths.map((_, s) => (kernel[0] ?? 0) * 2 ** s)
  notes.add('width', { value: widths, from })
  const heads = notes.add('heads', { value: depths.map((_, s) => headsOf(weights, version, s)), from })
  const window = version === 1 ? undefined : notes.add('windows', windowOf(weights, asked.window, said('window')))
  const sides = depths.map((_, s) => window ?? tableSide(weights, s))
  if (version === 1) notes.add('windows', { value: sides, from: 'tables of relative positions' })

  const askedSize = asked.size && { value: asked.size, from: 'asked for' }
  const imageSize = notes.add(
    'image',
    askedSize ?? said('imageSize') ?? assumedSize(weights, version, patchSize, sides),
  )
  const size = widths.at(-1) ?? 0
  const classNames = isHeadless ? undefined : said('classNames')
  const classes = isHeadless ? noteNumbers(notes, size) : noteClasses(notes, weights, said('classes'), classNames)
  notes.add('the head reads', { value: 'patch-mean', from })
  const asks = shown.asks.filter(question => question !== 'class' || !isHeadless)
  notes.add('can be asked about', { value: questionsOf({ asks }), from: 'family and head' })
  if (weights.headNote !== '') notes.add('head', { value: weights.headNote, from })
  const layerNormEpsilon = notes.add(
    'epsilon of the norms',
    said('layerNormEpsilon') ?? { value: shown.epsilon, from: `assumed: ${weights.dialect}'s value for a ${family}` },
  )
  const { mean, std } = noteNormalisation(
    notes,
    weights,
    asked,
    { family, normalisation: shown.normalisation },
    said('mean'),
    said('std'),
  )
  const fit = notes.add('resize', fitFor(said('fit'), said('imageSize')?.value, imageSize))
  noteClassNames(notes, classNames)

  const stages = depths.map(
    (depth, s): SwinStage => ({
      depth,
      width: widths[s] ?? 0,
      heads: heads[s] ?? 0,
      mlpWidth: sideOf(weights, `layers.${s}.blocks.0.mlp.fc1.weight`, 0).value,
      window: sides[s] ?? 0,
    }),
  )
  const config: SwinConfig = {
    version,
    imageSize,
    patchSize,
    stages,
    ...(asked.stage !== undefined && { stage: asked.stage }),
    classes,
    layerNormEpsilon,
    qkvBias: has('layers.0.blocks.0.attn.qkv.bias'),
    patchNorm: has('patch_embed.norm.weight'),
    perceptron: { activation },
    head: { kind: isHeadless ? 'none' : 'linear' },
    mean,
    std,
    ...(classNames && { classNames: classNames.value }),
  }
  const transformer = swinTransformer(config)
  notes.add('grid', {
    value: inWords(transformer.grid),
    from: `image, patch and stage ${config.stage ?? stages.length} of ${stages.length}${config.stage === undefined ? ', the last one' : ', asked for'}`,
  })
  const trained = said('trainedWindows')?.value
  const grids = stages.map(
    (_, s) => Math.min(imageSize.height / patchSize.height, imageSize.width / patchSize.width) / 2 ** s,
  )
  requireWholeWindows(weights, stages, grids)
  const whole = withWindowTables(
    weights,
    stages.map((own, s) => {
      const side = Math.min(own.window, grids[s] ?? own.window)
      return { side, trained: trained?.[s] || side }
    }),
  )
  const fitting = withoutUnused(whole, { finalNorm: 'tokens', pooling: 'patch-mean', head: config.head })
  checkParameters(fitting, transformer.parameterShapes)
  return {
    family,
    transformer,
    head: config.head,
    classNames: classNames?.value,
    fit,
    weights: fitting,
    facts: notes.facts,
  }
}

/** torchvision pads a grid that is smaller than a window with zeros, to which patches then attend; others make the window smaller. */
function requireWholeWindows(
  { name, dialect }: StateDict,
  stages: readonly SwinStage[],
  grids: readonly number[],
): void {
  const s = stages.findIndex(({ window }, at) => (grids[at] ?? window) < window)
  if (dialect === 'torchvision-swin' && s >= 0)
    throw new ModelError(
      `${name}: stage ${s + 1}: expected a grid of at least one window of ${stages[s]?.window} x ${stages[s]?.window} patches, as torchvision fills it up with zeros, got ${grids[s]}; take larger pictures`,
    )
}

/** How many blocks each stage has. */
function depthsOf({ arrays }: StateDict): number[] {
  const depths: number[] = []
  for (const name of arrays.keys()) {
    const [, stage, block] = /^layers\.(\d{1,2})\.blocks\.(\d{1,3})\./.exec(name) ?? []
    if (stage !== undefined) depths[Number(stage)] = Math.max(depths[Number(stage)] ?? 0, Number(block) + 1)
  }
  return Array.from(depths, depth => depth ?? 0)
}

function headsOf(weights: StateDict, version: 1 | 2, stage: number): number {
  const attention = `layers.${stage}.blocks.0.attn`
  return version === 1
    ? sideOf(weights, `${attention}.relative_position_bias_table`, 1).value
    : sideOf(weights, `${attention}.scale`, 0).value
}

function tableSide(weights: StateDict, stage: number): number {
  const side = sideOfTable(weights, stage)
  const name = `layers.${stage}.blocks.0.attn.relative_position_bias_table`
  if (side === undefined)
    throw new ModelError(
      `${weights.name}: ${name}: expected the distances of a square window, got [${shapeOf(weights, name).join(', ')}]`,
    )
  return side
}

/** No tensor shows the windows of Swin V2, but for the coordinates that torchvision stores. */
function windowOf(weights: StateDict, asked: number | undefined, said: Fact<number> | undefined): Fact<number> {
  if (asked !== undefined) return { value: asked, from: 'asked for' }
  const found = said ?? sideOfCoordinates(weights)
  if (found) return found
  throw new ModelError(
    `${weights.name}: no tensor says how large the windows of this Swin V2 are: put its config.json beside the file, or open it as FILE[window=8] or with another number`,
  )
}

/** Where the last stage is one window, as in the published models of Swin and in all of torchvision's, its windows say how large pictures were. */
function assumedSize({ name, dialect }: StateDict, version: 1 | 2, patch: Size, sides: readonly number[]): Fact<Size> {
  const merged = 2 ** (sides.length - 1)
  const side = sides.at(-1) ?? 0
  if (version === 2 && dialect !== 'torchvision-swin')
    throw new ModelError(
      `${name}: nothing says how large its pictures are: put its config.json beside the file, or open it as FILE[size=256] or with another size`,
    )
  const value = { height: side * merged * patch.height, width: side * merged * patch.width }
  return {
    value,
    from: 'assumed: the last stage is one window',
    caution: `pictures are assumed to be ${value.height} x ${value.width}, so that the last stage is one window; no tensor says it. Open it as FILE[size=${value.height}] if that is right, or with another size`,
  }
}
