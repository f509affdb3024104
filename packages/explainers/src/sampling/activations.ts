import type { BlockTrace, ExplainableModel } from '@vitrine/models'
import { add, dim, div, max, neg, reshape, sub, type Tensor, transpose } from '@vitrine/tensor'
import { blockAt, patchTokens } from '../attention.ts'
import { activationTensor } from '../cam.ts'
import type { Numbers, ProgramContext } from '../contract/context.ts'

/** The last block. */
export const lastBlock = ({ model, image }: ProgramContext): BlockTrace => blockAt(model.trace(image), -1)

/** What class activation maps read, and the tensor nearest before it of which all that follows can be computed. */
export function lastActivations({ model, image }: Pick<ProgramContext, 'model' | 'image'>): {
  readonly start: Tensor
  readonly activations: Tensor
} {
  const trace = model.trace(image)
  const activations = activationTensor(trace, -1)
  return { start: trace.featureMap ? activations : blockAt(trace, -1).input, activations }
}

/** Activations as one map per channel: `[1, tokens, width]` -> `[1, width, rows, columns]`. */
export function channelMaps(model: ExplainableModel, tokens: Tensor): Tensor {
  const { rows, columns } = model.grid
  return reshape(transpose(patchTokens(model, tokens), [0, 2, 1]), [1, dim(tokens.shape, 2), rows, columns])
}

/** Rescales each map of `[count, …]` from 0 at its smallest to 1 at its largest value. */
export function minMax(maps: Tensor): Tensor {
  const axes = maps.shape.map((_, i) => i).slice(1)
  const smallest = neg(max(neg(maps), axes))
  const range = sub(max(maps, axes), smallest)
  return div(sub(maps, smallest), add(range, 1e-8))
}

/** The sum of maps, each times its weight. */
export function weightedSum(maps: readonly Numbers[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(maps[0]?.length ?? 0)
  maps.forEach((map, k) => {
    const weight = weights[k] ?? 0
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (map[i] ?? 0)
  })
  return sum
}

/** Cuts a row that holds maps of `size` numbers, one behind the other, into these maps. */
export const separate = (row: Numbers | undefined, size: number): Numbers[] =>
  row === undefined ? [] : Array.from({ length: row.length / size }, (_, k) => row.subarray(k * size, (k + 1) * size))

/** How many patches the grid has. */
export const patchCount = ({ grid: { rows, columns } }: ExplainableModel): number => rows * columns
