import type { Bytes } from './bytes.ts'
import { type CheckpointArray, derived } from './checkpoint.ts'
import type { Numbers } from './dtypes.ts'

type Arrays<B extends Bytes> = Map<string, CheckpointArray<B>>

/** Brings arrays that have timm's names into the form in which the program has them. */
export function bringIntoForm<B extends Bytes>(arrays: Arrays<B>): void {
  joinProjections(arrays)
  giveAxes(arrays)
  splitPoolProjections(arrays)
  foldClassPosition(arrays)
}

/** Queries, keys and values in one product. */
function joinProjections<B extends Bytes>(arrays: Arrays<B>): void {
  for (const [name, query] of [...arrays]) {
    if (!name.includes('.attn.query.')) continue
    const names = ['query', 'key', 'value'].map(part => name.replace('query', part))
    const parts = names.map(part => arrays.get(part)).filter(part => part !== undefined)
    const [rows = 0, ...rest] = query.shape
    if (parts.length < 3 || parts.some(part => part.shape.join() !== query.shape.join())) continue
    for (const part of names) arrays.delete(part)
    arrays.set(name.replace('query', 'qkv'), derived(parts, [3 * rows, ...rest], concatenate))
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
  const [rows = 0, columns = 0, ...rest] = projection?.shape ?? []
  if (!projection || rest.length > 0) return
  arrays.delete('projection')
  arrays.set(
    'projection.weight',
    derived(
      [projection],
      [columns, rows],
      ([own]) => own?.map((_, i) => own[(i % rows) * columns + Math.floor(i / rows)] ?? 0) ?? new Float32Array(),
    ),
  )
}

/** The query of attention pooling apart from keys and values. */
function splitPoolProjections<B extends Bytes>(arrays: Arrays<B>): void {
  for (const kind of ['weight', 'bias']) {
    const joined = arrays.get(`attn_pool.qkv.${kind}`)
    const [rows = 0, ...rest] = joined?.shape ?? []
    if (!joined || rows % 3 !== 0) continue
    arrays.delete(`attn_pool.qkv.${kind}`)
    const third = (own: Numbers | undefined) => (own?.length ?? 0) / 3
    arrays.set(
      `attn_pool.q.${kind}`,
      derived([joined], [rows / 3, ...rest], ([own]) => Float32Array.from(own?.subarray(0, third(own)) ?? [])),
    )
    arrays.set(
      `attn_pool.kv.${kind}`,
      derived([joined], [(2 * rows) / 3, ...rest], ([own]) => Float32Array.from(own?.subarray(third(own)) ?? [])),
    )
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

function concatenate(parts: readonly Numbers[]): Numbers {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
