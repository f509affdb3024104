import type { Bytes } from './bytes.ts'
import { type CheckpointArray, derived } from './checkpoint.ts'
import type { Numbers } from './dtypes.ts'
import { concatenate, rowsOf, stacked, transposed } from './rearranged.ts'
import { bringStagesIntoForm } from './swin-arrays.ts'

type Arrays<B extends Bytes> = Map<string, CheckpointArray<B>>

/** Brings arrays that have timm's names into the form in which the program has them. */
export function bringIntoForm<B extends Bytes>(arrays: Arrays<B>): void {
  joinProjections(arrays)
  splitGates(arrays)
  giveAxes(arrays)
  splitPoolProjections(arrays)
  foldClassPosition(arrays)
  bringStagesIntoForm(arrays)
}

/** Queries, keys and values in one product. A bias that one of them lacks is 0. */
function joinProjections<B extends Bytes>(arrays: Arrays<B>): void {
  const parts = ['query', 'key', 'value']
  for (const [name, query] of [...arrays]) {
    if (!name.endsWith('.attn.query.weight')) continue
    const module = name.slice(0, -'query.weight'.length)
    const weights = parts.map(part => arrays.get(`${module}${part}.weight`))
    const present = weights.filter(weight => weight !== undefined)
    const [rows = 0] = query.shape
    if (present.length < 3 || present.some(({ shape }) => shape.join() !== query.shape.join())) continue
    const biases = parts.map(part => arrays.get(`${module}${part}.bias`))
    for (const part of parts) for (const kind of ['weight', 'bias']) arrays.delete(`${module}${part}.${kind}`)
    arrays.set(`${module}qkv.weight`, stacked(present))
    joinBiases(arrays, module, biases, rows)
  }
  for (const [name, weight] of [...arrays]) {
    if (!name.endsWith('.attn.qkv.weight')) continue
    const module = name.slice(0, -'qkv.weight'.length)
    const own = [arrays.get(`${module}q_bias`), undefined, arrays.get(`${module}v_bias`)]
    for (const part of ['q_bias', 'v_bias', 'k_bias']) arrays.delete(`${module}${part}`)
    joinBiases(arrays, module, own, (weight.shape[0] ?? 0) / 3)
    maskBias(arrays, module)
  }
}

function joinBiases<B extends Bytes>(
  arrays: Arrays<B>,
  module: string,
  biases: readonly (CheckpointArray<B> | undefined)[],
  rows: number,
): void {
  const present = biases.filter(bias => bias !== undefined)
  if (present.length === 0) return
  arrays.set(
    `${module}qkv.bias`,
    derived(present, [3 * rows], own => {
      const left = [...own]
      return concatenate(biases.map(bias => (bias ? left.shift() : undefined) ?? new Float32Array(rows)))
    }),
  )
}

/** The published code of DINOv3 keeps the bias of keys at 0 by a mask. */
function maskBias<B extends Bytes>(arrays: Arrays<B>, module: string): void {
  const [bias, mask] = [arrays.get(`${module}qkv.bias`), arrays.get(`${module}qkv.bias_mask`)]
  if (!mask) return
  arrays.delete(`${module}qkv.bias_mask`)
  if (!bias) return
  arrays.set(
    `${module}qkv.bias`,
    derived([bias, mask], bias.shape, ([own, factor]) => Float32Array.from(own ?? [], (x, i) => (factor?.[i] ? x : 0))),
  )
}

/** Gate and value of SwiGLU, in one layer with the gate first, apart. */
function splitGates<B extends Bytes>(arrays: Arrays<B>): void {
  for (const [name, weight] of [...arrays]) {
    const module = /^(blocks\.\d+\.mlp\.)fc1\.weight$/.exec(name)?.[1]
    const [rows = 0] = weight.shape
    if (module === undefined || arrays.get(`${module}fc2.weight`)?.shape[1] !== rows / 2) continue
    for (const kind of ['weight', 'bias']) {
      const joined = arrays.get(`${module}fc1.${kind}`)
      if (!joined) continue
      arrays.set(`${module}gate.${kind}`, rowsOf(joined, 0, rows / 2))
      arrays.set(`${module}fc1.${kind}`, rowsOf(joined, rows / 2, rows))
    }
  }
}

/** Tokens, positions and numbers that are stored without the axes that have the size 1, and a projection that is stored the other way round. */
function giveAxes<B extends Bytes>(arrays: Arrays<B>): void {
  for (const [name, rank] of Object.entries({ cls_token: 3, pos_embed: 3, logit_scale: 1, logit_bias: 1 })) {
    const array = arrays.get(name)
    const missing = rank - (array?.shape.length ?? rank)
    if (array && missing > 0) arrays.set(name, { ...array, shape: [...Array<number>(missing).fill(1), ...array.shape] })
  }
  const projection = arrays.get('projection')
  if (!projection || projection.shape.length > 2) return
  arrays.delete('projection')
  arrays.set('projection.weight', transposed(projection))
}

/** The query of attention pooling apart from keys and values, and these in one product. */
function splitPoolProjections<B extends Bytes>(arrays: Arrays<B>): void {
  for (const kind of ['weight', 'bias']) {
    const pair = ['key', 'value'].map(part => `attn_pool.${part}.${kind}`)
    const [key, value] = pair.map(name => arrays.get(name))
    if (key && value) {
      for (const name of pair) arrays.delete(name)
      arrays.set(`attn_pool.kv.${kind}`, stacked([key, value]))
    }
    const joined = arrays.get(`attn_pool.qkv.${kind}`)
    const [rows = 0] = joined?.shape ?? []
    if (!joined || rows % 3 !== 0) continue
    arrays.delete(`attn_pool.qkv.${kind}`)
    arrays.set(`attn_pool.q.${kind}`, rowsOf(joined, 0, rows / 3))
    arrays.set(`attn_pool.kv.${kind}`, rowsOf(joined, rows / 3, rows))
  }
}

/**
 * DINOv2 with registers has a position for the class token and none for the registers. With that position added to the token, no token
 * before the patches has one.
 */
function foldClassPosition<B extends Bytes>(arrays: Arrays<B>): void {
  const [token, registers, positions] = ['cls_token', 'reg_token', 'pos_embed'].map(name => arrays.get(name))
  const [, count = 0, width = 0] = positions?.shape ?? []
  const square = (n: number) => Number.isInteger(Math.sqrt(n))
  if (!token || !registers || !positions || square(count) || !square(count - 1)) return
  const add = ([own, all]: readonly Numbers[]) => Float32Array.from(own ?? [], (x, i) => x + (all?.[i] ?? 0))
  arrays.set('cls_token', derived([token, positions], token.shape, add))
  arrays.set(
    'pos_embed',
    derived([positions], [1, count - 1, width], ([all]) => Float32Array.from(all?.subarray(width) ?? [])),
  )
}
