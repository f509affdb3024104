import type { Grid } from '../architecture/config.ts'
import { relativeDistances } from '../architecture/parts/relative-positions.ts'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type CheckpointArray, derived } from './checkpoint.ts'
import type { Fact } from './fields.ts'
import type { StateDict } from './state-dict.ts'

const TABLE = 'relative_position_bias_table'
const MLP = /^(?:shared_rel_pos\.mlp|(blocks\.\d+\.attn\.)rel_pos\.mlp)\.fc1\.weight$/

/** Whether scores have a bias for the distance of two patches: of each block, or one for all. */
export function relativePositionsOf({ arrays }: StateDict): 'each' | 'shared' | undefined {
  if (arrays.has(TABLE) || arrays.has('shared_rel_pos.mlp.fc1.weight')) return 'shared'
  return arrays.has(`blocks.0.attn.${TABLE}`) || arrays.has('blocks.0.attn.rel_pos.mlp.fc1.weight') ? 'each' : undefined
}

/** The table of a model, if it has one that is stored. */
const tableOf = ({ arrays }: StateDict): CheckpointArray | undefined =>
  arrays.get(TABLE) ?? arrays.get(`blocks.0.attn.${TABLE}`)

/** The heads that a table or learned turns have. */
export function headsShown(weights: StateDict): Fact<number> | undefined {
  const table = tableOf(weights)?.shape
  const [, , turned] = weights.arrays.get('rope.freqs')?.shape ?? []
  const value = table?.[1] ?? turned
  return value === undefined ? undefined : { value, from: table ? `${TABLE} [${table.join(', ')}]` : 'rope.freqs' }
}

/** The square grid that a table was made for. */
export function gridOfTable(weights: StateDict): Fact<Grid> | undefined {
  const table = tableOf(weights)
  if (!table) return undefined
  const [rows = 0] = table.shape
  const side = (Math.sqrt(rows - (weights.arrays.has('cls_token') ? 3 : 0)) + 1) / 2
  return Number.isInteger(side)
    ? { value: { rows: side, columns: side }, from: `${TABLE} [${table.shape.join(', ')}]` }
    : undefined
}

/** Refuses another grid than the one of the table, which is not interpolated. */
export function requireGridOfTable(weights: StateDict, grid: Grid): void {
  const [found] = tableOf(weights)?.shape ?? []
  const expected = relativeDistances(grid, weights.arrays.has('cls_token'))
  if (found !== undefined && found !== expected)
    throw new ModelError(
      `${weights.name}: ${TABLE}: expected ${expected} distances for ${grid.rows} x ${grid.columns} patches, got ${found}; tables of relative positions are not interpolated: run it with pictures of its own size`,
    )
}

/**
 * Tables in place of the perceptrons that some ViTs of timm's compute them by, from the logarithms of distances (`cr`; Liu et al., CVPR
 * 2022: Swin V2, gives the idea). A class token has a bias of 0.
 */
export function withRelativeTables<B extends Bytes>(weights: StateDict<B>, grid: Grid): StateDict<B> {
  const arrays = new Map(weights.arrays)
  for (const [name, first] of weights.arrays) {
    const module = MLP.exec(name)
    const stem = name.slice(0, -'fc1.weight'.length)
    const [bias, second, last] = ['fc1.bias', 'fc2.weight', 'fc2.bias'].map(part => weights.arrays.get(stem + part))
    if (!module || !bias || !second || !last) continue
    for (const part of ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']) arrays.delete(stem + part)
    const distances = relativeDistances(grid, weights.arrays.has('cls_token'))
    const table = tableByPerceptron(
      [first, bias, second, last],
      grid,
      distances,
      x => Math.sign(x) * Math.log(1 + Math.abs(x)),
    )
    arrays.set(`${module[1] ?? ''}${TABLE}`, table)
  }
  return { ...weights, arrays }
}

/**
 * A table `[rows, heads]` by a perceptron with one hidden layer (ReLU) that reads two numbers of each distance.
 *
 * @param layers weight and bias of the first layer, and of the second one, which may have no bias
 * @param rows of the table; those behind the distances of the grid are 0
 * @param placed the number of a distance on one axis
 * @param given what becomes of what the perceptron gives
 */
export function tableByPerceptron<B extends Bytes>(
  layers: readonly [CheckpointArray<B>, CheckpointArray<B>, CheckpointArray<B>, CheckpointArray<B>?],
  grid: Grid,
  rows: number,
  placed: (distance: number) => number,
  given = (score: number): number => score,
): CheckpointArray<B> {
  const [heads = 0, hidden = 0] = layers[2].shape
  const across = 2 * grid.columns - 1
  const there = layers.filter(layer => layer !== undefined)
  return derived(there, [rows, heads], ([w = none, b = none, v = none, c = none]) => {
    const table = new Float32Array(rows * heads)
    for (let row = 0; row < relativeDistances(grid, false); row++) {
      const y = placed(Math.floor(row / across) - grid.rows + 1)
      const x = placed((row % across) - grid.columns + 1)
      const active = Float64Array.from({ length: hidden }, (_, i) =>
        Math.max(0, y * (w[2 * i] ?? 0) + x * (w[2 * i + 1] ?? 0) + (b[i] ?? 0)),
      )
      for (let head = 0; head < heads; head++)
        table[row * heads + head] = given(
          active.reduce((sum, a, i) => sum + a * (v[head * hidden + i] ?? 0), c[head] ?? 0),
        )
    }
    return table
  })
}

const none = new Float32Array()
