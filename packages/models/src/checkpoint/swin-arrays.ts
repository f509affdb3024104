import { relativeDistances } from '../architecture/parts/relative-positions.ts'
import type { Bytes } from './bytes.ts'
import { type CheckpointArray, derived } from './checkpoint.ts'
import type { Fact } from './fields.ts'
import { tableByPerceptron } from './relative-tables.ts'
import type { StateDict } from './state-dict.ts'

// Arrays of a Swin Transformer, in the form in which the program has them.

const TABLE = 'attn.relative_position_bias_table'
const COORDINATES = 'attn.window_coordinates'

/** Whether the arrays are those of a Swin Transformer, and which one's. */
export function swinVersion({ arrays }: Pick<StateDict, 'arrays'>): 1 | 2 | undefined {
  if (arrays.has('layers.0.blocks.0.attn.scale')) return 2
  return arrays.has(`layers.0.blocks.0.${TABLE}`) ? 1 : undefined
}

/** The largest scale of cosines: that of a temperature of 0.01. */
const LARGEST = Math.log(100)

/**
 * Merges where stages begin, as timm has them: the published code and transformers count them to the stage that they end. Scales of cosines in
 * place of their bounded logarithms. No bias of keys in Swin V2: torchvision stores one and computes with 0.
 */
export function bringStagesIntoForm<B extends Bytes>(arrays: Map<string, CheckpointArray<B>>): void {
  const merges = [...arrays].flatMap(([name, array]) => {
    const [, stage, rest = ''] = /^layers\.(\d+)\.downsample\.(.*)$/.exec(name) ?? []
    return stage === undefined ? [] : [{ name, stage: Number(stage), rest, array }]
  })
  if (merges.some(({ stage }) => stage === 0)) {
    for (const { name } of merges) arrays.delete(name)
    for (const { stage, rest, array } of merges) arrays.set(`layers.${stage + 1}.downsample.${rest}`, array)
  }
  for (const [name, logarithm] of [...arrays]) {
    if (!/^layers\.\d+\.blocks\.\d+\.attn\.logit_scale$/.test(name)) continue
    arrays.delete(name)
    arrays.set(
      name.replace(/logit_scale$/, 'scale'),
      derived([logarithm], logarithm.shape, ([own]) =>
        Float32Array.from(own ?? [], x => Math.exp(Math.min(x, LARGEST))),
      ),
    )
    const biases = name.replace(/logit_scale$/, 'qkv.bias')
    const bias = arrays.get(biases)
    const rows = (bias?.shape[0] ?? 0) / 3
    const isOfKey = (row: number): boolean => row >= rows && row < 2 * rows
    if (bias)
      arrays.set(
        biases,
        derived([bias], bias.shape, ([own]) => Float32Array.from(own ?? [], (x, row) => (isOfKey(row) ? 0 : x))),
      )
  }
}

/**
 * Tables of relative positions in place of the perceptrons by which Swin V2 computes them (Liu et al., CVPR 2022, section 3.3): of the logarithms of
 * distances, from -8 to 8 within the windows that it was trained with.
 *
 * @param sides of the windows of each stage, and of those that it was trained with
 */
export function withWindowTables<B extends Bytes>(
  weights: StateDict<B>,
  sides: readonly { readonly side: number; readonly trained: number }[],
): StateDict<B> {
  const arrays = new Map([...weights.arrays].filter(([name]) => !name.endsWith(COORDINATES)))
  for (const [name, first] of weights.arrays) {
    const [, block = '', stage] = /^(layers\.(\d+)\.blocks\.\d+\.)attn\.cpb_mlp\.0\.weight$/.exec(name) ?? []
    const { side, trained } = sides[Number(stage)] ?? { side: 0, trained: 0 }
    const names = ['0.bias', '2.weight'].map(part => `${block}attn.cpb_mlp.${part}`)
    const [bias, second] = names.map(part => weights.arrays.get(part))
    if (side === 0 || !bias || !second) continue
    for (const part of [name, ...names]) arrays.delete(part)
    const grid = { rows: side, columns: side }
    const placed = (distance: number): number => {
      const x = (8 * distance) / Math.max(trained - 1, 1)
      return (Math.sign(x) * Math.log2(1 + Math.abs(x))) / 3
    }
    const table = tableByPerceptron(
      [first, bias, second],
      grid,
      relativeDistances(grid, false),
      placed,
      score => 16 / (1 + Math.exp(-score)),
    )
    arrays.set(`${block}${TABLE}`, table)
  }
  return { ...weights, arrays }
}

/** The side of the windows of a Swin V2 whose file has the coordinates within them; undefined where it has none. */
export function sideOfCoordinates({ arrays }: StateDict): Fact<number> | undefined {
  const name = `layers.0.blocks.0.${COORDINATES}`
  const [, distances, across] = arrays.get(name)?.shape ?? []
  return distances === undefined || distances !== across
    ? undefined
    : { value: (distances + 1) / 2, from: `coordinates [${arrays.get(name)?.shape.join(', ')}]` }
}

/** The side of the windows that a table was made for; undefined where it is of no square one. */
export function sideOfTable({ arrays }: StateDict, stage: number): number | undefined {
  const [distances = 0] = arrays.get(`layers.${stage}.blocks.0.${TABLE}`)?.shape ?? []
  const side = (Math.sqrt(distances) + 1) / 2
  return Number.isInteger(side) ? side : undefined
}
