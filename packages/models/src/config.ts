import { ModelError } from './errors.ts'

/** Geometry and preprocessing of a Vision Transformer classifier. */
export interface VisionTransformerConfig {
  /** Pixels. */
  readonly imageSize: { readonly height: number; readonly width: number }
  /** Pixels. */
  readonly patchSize: { readonly height: number; readonly width: number }
  /** Size of a token. */
  readonly width: number
  /** Number of blocks. */
  readonly depth: number
  readonly heads: number
  /** Size of the hidden layer of each block's perceptron. */
  readonly mlpWidth: number
  readonly classes: number
  readonly layerNormEpsilon: number
  /** Input = (pixel / 255 - mean) / std, per channel. */
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
  readonly classNames?: readonly string[]
}

/** ViT-B/16 at 224 px as timm trains it on ImageNet-1k. */
export const vitB16: VisionTransformerConfig = {
  imageSize: { height: 224, width: 224 },
  patchSize: { height: 16, width: 16 },
  width: 768,
  depth: 12,
  heads: 12,
  mlpWidth: 3072,
  classes: 1000,
  layerNormEpsilon: 1e-6,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
}

/** Rows and columns of patches; sizes that patches do not tile are refused. */
export function gridOf({ imageSize, patchSize }: VisionTransformerConfig): { rows: number; columns: number } {
  const rows = imageSize.height / patchSize.height
  const columns = imageSize.width / patchSize.width
  if (!Number.isInteger(rows) || !Number.isInteger(columns))
    throw new ModelError(
      `expected an image that ${patchSize.height} x ${patchSize.width} patches tile, got ${imageSize.height} x ${imageSize.width}`,
    )
  return { rows, columns }
}

/** The shape of every parameter, under timm's names. */
export function parameterShapes(config: VisionTransformerConfig): ReadonlyMap<string, readonly number[]> {
  const { width, mlpWidth, classes, patchSize } = config
  const { rows, columns } = gridOf(config)
  const block = (index: number): [string, number[]][] =>
    Object.entries({
      'norm1.weight': [width],
      'norm1.bias': [width],
      'attn.qkv.weight': [3 * width, width],
      'attn.qkv.bias': [3 * width],
      'attn.proj.weight': [width, width],
      'attn.proj.bias': [width],
      'norm2.weight': [width],
      'norm2.bias': [width],
      'mlp.fc1.weight': [mlpWidth, width],
      'mlp.fc1.bias': [mlpWidth],
      'mlp.fc2.weight': [width, mlpWidth],
      'mlp.fc2.bias': [width],
    }).map(([name, shape]) => [`blocks.${index}.${name}`, shape])
  return new Map<string, number[]>([
    ['cls_token', [1, 1, width]],
    ['pos_embed', [1, 1 + rows * columns, width]],
    ['patch_embed.proj.weight', [width, 3, patchSize.height, patchSize.width]],
    ['patch_embed.proj.bias', [width]],
    ...Array.from({ length: config.depth }, (_, i) => block(i)).flat(),
    ['norm.weight', [width]],
    ['norm.bias', [width]],
    ['head.weight', [classes, width]],
    ['head.bias', [classes]],
  ])
}

/** Reads the JSON that lies beside a checkpoint of this project. Throws a ModelError that names the field. */
export function parseConfig(json: unknown, source: string): VisionTransformerConfig {
  if (typeof json !== 'object' || json === null) throw new ModelError(`${source}: expected an object`)
  const fields: Record<string, unknown> = { ...json }
  const read = (name: string): number => {
    const value = fields[name]
    if (typeof value !== 'number' || !(value > 0))
      throw new ModelError(`${source}: ${name}: expected a positive number, got ${JSON.stringify(value)}`)
    return value
  }
  const channels = (name: string): [number, number, number] => {
    const value = fields[name]
    const [r, g, b] = Array.isArray(value) ? value : []
    if (typeof r !== 'number' || typeof g !== 'number' || typeof b !== 'number')
      throw new ModelError(`${source}: ${name}: expected three numbers, got ${JSON.stringify(value)}`)
    return [r, g, b]
  }
  const [size, patch, width] = [read('image_size'), read('patch_size'), read('embed_dim')]
  const names = fields.class_names
  return {
    imageSize: { height: size, width: size },
    patchSize: { height: patch, width: patch },
    width,
    depth: read('depth'),
    heads: read('num_heads'),
    mlpWidth: Math.round(width * read('mlp_ratio')),
    classes: read('num_classes'),
    layerNormEpsilon: read('layer_norm_eps'),
    mean: channels('mean'),
    std: channels('std'),
    ...(Array.isArray(names) && { classNames: names.map(String) }),
  }
}
