import type { Grid, Pooling, PrefixToken, Size } from '../architecture/config.ts'
import type { SpecOptions } from '../architecture/spec.ts'
import { ModelError } from '../errors.ts'
import { firstFew } from './checkpoint.ts'
import type { Fact } from './fields.ts'
import { HEADS } from './published.ts'
import { gridOfTable } from './relative-tables.ts'
import type { StateDict } from './state-dict.ts'

// What the tensors say of a model's geometry, and what is assumed where they are silent.

/** The shape of an array that must be there. */
export function shapeOf({ name: file, arrays }: StateDict, name: string): readonly number[] {
  const array = arrays.get(name)
  if (!array) throw new ModelError(`${file}: missing "${name}"; it has ${firstFew([...arrays.keys()])}`)
  return array.shape
}

/** One side of an array, as a fact. */
export function sideOf(weights: StateDict, name: string, axis: number): Fact<number> {
  const shape = shapeOf(weights, name)
  return { value: shape[axis] ?? 0, from: `${name} [${shape.join(', ')}]` }
}

export const countBlocks = ({ arrays }: StateDict): number =>
  1 + [...arrays.keys()].reduce((top, name) => Math.max(top, Number(/^blocks\.(\d+)\./.exec(name)?.[1] ?? -1)), -1)

/** The heads of the published model of a width, of which some families have others; undefined where there is none. */
export function assumedHeads(width: number, own: Readonly<Record<number, number>> = {}): Fact<number> | undefined {
  const value = own[width] ?? HEADS[width]
  if (value === undefined) return undefined
  const other = width === 384 ? " (MoCo v3's ViT-S has 12)" : ''
  return {
    value,
    from: `assumed: the published model of width ${width}`,
    caution: `heads are assumed: ${value}, as the published model of width ${width} has${other}; no tensor says it. Open it as FILE[heads=${value}] if that is right, or with another number`,
  }
}

const MOST_REGISTERS = 1024

export function prefixOf({ name, arrays }: StateDict): PrefixToken[] {
  const registers = arrays.get('reg_token')?.shape[1] ?? 0
  if (registers > MOST_REGISTERS)
    throw new ModelError(`${name}: reg_token: expected at most ${MOST_REGISTERS} registers, got ${registers}`)
  return [
    ...(arrays.has('cls_token') ? (['class'] as const) : []),
    ...(arrays.has('dist_token') ? (['distillation'] as const) : []),
    ...Array.from({ length: registers }, () => 'register' as const),
  ]
}

const POOLS: Readonly<Record<NonNullable<SpecOptions['pool']>, Pooling>> = {
  token: 'class',
  mean: 'patch-mean',
  both: 'class-and-patch-mean',
}

export const askedPooling = (pool: SpecOptions['pool']): Fact<Pooling> | undefined =>
  pool && { value: POOLS[pool], from: 'asked for' }

/** transformers' CLIPForImageClassification and SiglipForImageClassification, which read the mean of the patches. */
export const isClassifierOfTower = ({ dialect, arrays }: StateDict): boolean =>
  dialect === 'hugging-face-clip' && arrays.has('head.weight') && !arrays.has('projection.weight')

/** What the head reads, from its width and the tokens and norms that are there. */
export function poolingOf(weights: StateDict, width: number): Fact<Pooling> {
  const { arrays, name, dialect } = weights
  if (arrays.has('attn_pool.latent') && !isClassifierOfTower(weights))
    return { value: 'attention', from: 'attn_pool is there' }
  if (!arrays.has('head.weight') || arrays.has('projection.weight'))
    return arrays.has('cls_token')
      ? { value: 'class', from: 'there is a class token' }
      : { value: 'patch-mean', from: 'there is no class token' }
  if (isClassifierOfTower(weights)) return { value: 'patch-mean', from: "transformers' classifier of a tower" }
  if (arrays.has('head_dist.weight')) return { value: 'class-and-distillation', from: 'head_dist.weight is there' }
  const head = shapeOf(weights, 'head.weight')
  const [, features = 0] = head
  if (features === 2 * width) return { value: 'class-and-patch-mean', from: `head.weight reads ${features} features` }
  if (features !== width)
    throw new ModelError(
      `${name}: head.weight: expected [classes, ${width}] or [classes, ${2 * width}], got [${head.join(', ')}] (heads over several blocks are not supported; take the one over the last block)`,
    )
  if (!arrays.has('cls_token')) return { value: 'patch-mean', from: 'there is no class token' }
  if (arrays.has('fc_norm.weight')) return { value: 'patch-mean', from: 'the final norm is fc_norm' }
  if (dialect !== 'timm') return { value: 'class', from: 'names of the tensors' }
  return {
    value: 'class',
    from: 'assumed: there is a class token and a plain head',
    caution:
      'what the head reads is assumed: the class token; no tensor says it. Open it as FILE[pool=token] if that is right, or FILE[pool=mean] if it reads the mean of the patches',
  }
}

export interface StoredGrid extends Grid {
  /** Positions of tokens before the patches. */
  readonly prefix: number
}

/** What is said of the grid that the position embeddings belong to. */
export interface GridStatements {
  readonly grid?: SpecOptions['grid'] | undefined
  /** Size of the pictures that the positions were made for. */
  readonly positions?: Size | undefined
  /** Size of the pictures that the model takes. */
  readonly pictures?: Size | undefined
}

/** The grid that the position embeddings belong to: the one that is said, else that of the model's pictures if it fits, else a square. */
function storedGrid(
  { name: file }: StateDict,
  count: number,
  prefix: number,
  patch: Size,
  { grid, positions, pictures }: GridStatements,
): Fact<StoredGrid> {
  const fitting = (rows: number, columns: number): StoredGrid | undefined => {
    const before = [prefix, 0].find(tokens => tokens + rows * columns === count)
    return before === undefined ? undefined : { rows, columns, prefix: before }
  }
  const gridFor = ({ height, width }: Size) => fitting(height / patch.height, width / patch.width)
  const wrong = (expected: string): never => {
    throw new ModelError(`${file}: pos_embed: expected ${expected}, got ${count}`)
  }
  if (grid)
    return {
      value: fitting(grid.rows, grid.columns) ?? wrong(`${prefix} + ${grid.rows} x ${grid.columns} positions`),
      from: 'asked for',
    }
  if (positions) {
    const { height, width } = positions
    const said = `${prefix} + ${height / patch.height} x ${width / patch.width} positions for images of ${height} x ${width}`
    return { value: gridFor(positions) ?? wrong(said), from: 'image and patch' }
  }
  const found = pictures && gridFor(pictures)
  if (found) return { value: found, from: 'image and patch' }
  const before = [prefix, 0].find(tokens => count > tokens && Number.isInteger(Math.sqrt(count - tokens)))
  if (before === undefined)
    throw new ModelError(
      `${file}: pos_embed: expected ${prefix} + the positions of a square grid, got ${count}; for another grid open it as FILE[grid=ROWSxCOLUMNS], or put a config.json with image_size [height, width] beside the file`,
    )
  const side = Math.sqrt(count - before)
  return {
    value: { rows: side, columns: side, prefix: before },
    from: `assumed: a square of ${count - before} positions`,
    caution: `the grid is assumed: ${side} x ${side} patches, since ${count - before} is a square. Open it as FILE[grid=${side}x${side}] if that is right, or FILE[grid=ROWSxCOLUMNS] if its pictures were not square`,
  }
}

/** The grid of the position embeddings; undefined where a model has none. */
export function storedPositions(
  weights: StateDict,
  prefix: number,
  patch: Size,
  said: GridStatements,
): Fact<StoredGrid> | undefined {
  if (!weights.arrays.has('pos_embed')) return undefined
  const [, count = 0] = shapeOf(weights, 'pos_embed')
  return storedGrid(weights, count, prefix, patch, said)
}

/** The size of the pictures that stored positions, learned or relative, were trained with. */
export function sizeOfPositions(
  weights: StateDict,
  positions: Fact<StoredGrid> | undefined,
  patch: Size,
): Fact<Size> | undefined {
  const found = positions ?? gridOfTable(weights)
  if (!found) return undefined
  const { rows, columns } = found.value
  const shape = positions && shapeOf(weights, 'pos_embed')
  return {
    value: { height: rows * patch.height, width: columns * patch.width },
    from: shape ? `pos_embed [${shape.join(', ')}]` : found.from,
  }
}

/** The size of the pictures whose grid positions are stored for, where a model takes all sizes. */
export function sizeOfNaFlex(
  weights: StateDict,
  positions: Fact<StoredGrid> | undefined,
  patch: Size,
): Fact<Size> | undefined {
  const found = sizeOfPositions(weights, positions, patch)
  if (!found) return undefined
  const { height, width } = found.value
  return {
    ...found,
    caution: `each picture is brought to ${height} x ${width} pixels, the grid of its position embeddings; its own processor keeps their proportions. Open it as FILE[size=${height}] if that is right, or as FILE[size=HEIGHTxWIDTH] in multiples of ${patch.height}`,
  }
}

const USUAL_SIZE = 224

/** The usual size of pictures, where neither positions nor a file says it. */
export function assumedSize({ name }: StateDict, { height, width }: Size): Fact<Size> {
  if (USUAL_SIZE % height !== 0 || USUAL_SIZE % width !== 0)
    throw new ModelError(
      `${name}: nothing says how large its pictures are: put a config.json beside the file, or open it as FILE[size=PIXELS]`,
    )
  return {
    value: { height: USUAL_SIZE, width: USUAL_SIZE },
    from: 'assumed: no tensor depends on it',
    caution: `pictures are assumed to be ${USUAL_SIZE} x ${USUAL_SIZE}: no tensor says how large they were. Open it as FILE[size=${USUAL_SIZE}] if that is right, or with another size`,
  }
}
