import type { Activation } from '../architecture/parts/perceptron.ts'
import type { Bytes } from '../checkpoint/bytes.ts'
import { arrayOf, type Checkpoint, firstFew } from '../checkpoint/checkpoint.ts'
import { ModelError, NoTextTowerError } from '../errors.ts'
import { projectionOf, type TextDialect, textArrays, textDialects } from './dialects.ts'
import { textSettings } from './settings.ts'
import { type TextTower, textTower } from './text-tower.ts'

/** A text tower as a file of weights and its configuration say. */
export interface UnderstoodText<B extends Bytes = Bytes> {
  readonly tower: TextTower
  /** The arrays under the names of the program's parameters. */
  readonly weights: Checkpoint<B>
  /** By what cosines are multiplied: exp of `logit_scale`; undefined where the file has none. */
  readonly scale: CheckpointScalar<B> | undefined
  /** What SigLIP adds then. */
  readonly bias: CheckpointScalar<B> | undefined
}

type CheckpointScalar<B extends Bytes> = ReturnType<typeof arrayOf<B>>

/** The text tower in a file, by the table of tokens: its dialect, and what stands before its names. */
export function findText({ arrays }: Checkpoint): { dialect: TextDialect; prefix: string } | undefined {
  for (const dialect of textDialects)
    for (const name of arrays.keys()) {
      const prefix = name.slice(0, -dialect.table.length)
      const isWhole = prefix === '' || prefix.endsWith('.')
      // Dialects may share the name of the table.
      if (name.endsWith(dialect.table) && isWhole && arrays.has(`${prefix}${dialect.norm}.weight`))
        return { dialect, prefix }
    }
  return undefined
}

/**
 * The text tower in a file of CLIP's or SigLIP's kind.
 *
 * @param config the contents of config.json or open_clip_config.json beside it
 * @param asked the activation function, where nothing else says it
 *
 * @throws {NoTextTowerError} where there is none
 * @throws {ModelError} where the files do not say all of it
 */
export function understandText<B extends Bytes>(
  file: Checkpoint<B>,
  config: unknown,
  asked?: Activation,
): UnderstoodText<B> {
  const found = findText(file)
  if (!found)
    throw new NoTextTowerError(
      `${file.name}: expected a text tower (${[...new Set(textDialects.map(({ table }) => table))].join(' or ')}), got ${firstFew([...file.arrays.keys()])}; take a model of CLIP's, SigLIP's or AIMv2's kind that has both towers`,
    )
  const { dialect, prefix } = found
  const projection = projectionOf(file, prefix)
  if (!projection)
    throw new ModelError(`${file.name}: expected the projection of its text tower, text_projection, got none`)
  const settings = textSettings(config, file.name)
  // What OpenAI published as archives of TorchScript has QuickGELU; no tensor shows it.
  const gated = dialect.gate !== undefined
  const activation = gated ? 'silu' : (asked ?? settings.activation ?? (file.isScripted ? 'quickgelu' : undefined))
  if (!activation)
    throw new ModelError(
      `${file.name}: does not say the activation function of its text tower: put its config.json beside it, or say FILE[act=quickgelu] (OpenAI's weights) or FILE[act=gelu]`,
    )
  const size = (name: string, axis: number) => arrayOf(file, prefix + name).shape[axis] ?? 0
  const [vocabulary, width] = [size(dialect.table, 0), size(dialect.table, 1)]
  const isBlock = new RegExp(`^(\\d+)\\.${dialect.norm1.replaceAll('.', '\\.')}\\.weight$`)
  const start = prefix + dialect.blocks
  const depth = [...file.arrays.keys()].filter(
    name => name.startsWith(start) && isBlock.test(name.slice(start.length)),
  ).length
  const bias = file.arrays.has(`${start}0.${dialect.norm1}.bias`)
  const tower = textTower({
    ...settings,
    activation,
    gated,
    norm: bias ? 'layer' : 'rms',
    bias,
    heads: settings.heads ?? width / dialect.headWidth,
    vocabulary,
    width,
    depth,
    length: size(dialect.positions, 0),
    mlpWidth: depth === 0 ? width : size(`${dialect.blocks}0.${dialect.fc1}.weight`, 0),
    features: projection.weight.shape[0] ?? 0,
    projectionBias: projection.bias !== undefined,
  })
  const arrays = textArrays(file, dialect, prefix, { depth, bias })
  for (const [name, shape] of tower.shapes) {
    const array = arrays.get(name)
    if (array?.shape.join() !== shape.join())
      throw new ModelError(
        `${file.name}: ${name} of its text tower: expected [${shape.join(', ')}], got ${array ? `[${array.shape.join(', ')}]` : 'none'}`,
      )
  }
  // A text tower inside of another model has its scale outside.
  const scalar = (name: string) => file.arrays.get(prefix + name) ?? file.arrays.get(name)
  return {
    tower,
    weights: { name: file.name, sources: file.sources, arrays },
    scale: scalar('logit_scale'),
    bias: scalar('logit_bias'),
  }
}
