import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, firstFew } from './checkpoint.ts'
import { foreignFile } from './file-kinds.ts'
import { openSafetensors } from './safetensors.ts'
import { shown } from './shown.ts'
import { openTorchLegacy, openTorchZip } from './torch.ts'

/** Opens a file beside another one, by its name. */
export type Beside<B extends Bytes> = (name: string) => B | Promise<B>

/**
 * Opens a file of weights, told apart by its first bytes and not by its name: safetensors, `torch.save` in both of its formats, or the
 * JSON index of a checkpoint in several such files, which `beside` opens.
 *
 * @throws ModelError naming the file, what was expected and what was found, whatever the bytes are
 *
 * @example
 * const checkpoint = await openCheckpoint(blobBytes(file.name, file))
 */
export async function openCheckpoint<B extends Bytes>(bytes: B, beside?: Beside<B>): Promise<Checkpoint<B>> {
  const start = String.fromCharCode(...(await bytes.read(0, Math.min(bytes.size, 64))))
  try {
    if (start.startsWith('PK\x03\x04')) return await openTorchZip(bytes)
    if (start[8] === '{') return await openSafetensors(bytes)
    if (start[0] === '\x80') return await openTorchLegacy(bytes)
    if (start[0] === '{') return await openShards(bytes, beside)
    if (/\.safetensors$/.test(bytes.name)) return await openSafetensors(bytes)
  } catch (error) {
    if (error instanceof ModelError) throw error
    const problem = error instanceof Error ? error.message : String(error)
    throw new ModelError(`${bytes.name}: is damaged (${shown(problem)}); download or copy the file again`)
  }
  if (bytes.size < 9) throw new ModelError(`${bytes.name}: expected a checkpoint, got ${bytes.size} bytes`)
  const found = foreignFile(start, bytes.name)
  throw new ModelError(
    `${bytes.name}: expected safetensors, a file of torch.save, or an index.json of such files; got ${found ?? `bytes of another kind (${shown(JSON.stringify(start.slice(0, 8)))})`}`,
  )
}

const INDEX_BYTES = 32 * 2 ** 20

/** A checkpoint in several files, by the index that says which file holds which array. */
async function openShards<B extends Bytes>(bytes: B, beside?: Beside<B>): Promise<Checkpoint<B>> {
  const fail = (problem: string): never => {
    throw new ModelError(`${bytes.name}: ${problem}`)
  }
  if (bytes.size > INDEX_BYTES) fail(`expected an index of at most ${INDEX_BYTES} bytes, got ${bytes.size}`)
  const index = parseJson(new TextDecoder().decode(await bytes.read(0, bytes.size)), fail)
  const { weight_map: map } = (index ?? {}) as { readonly weight_map?: unknown }
  if (typeof map !== 'object' || map === null)
    return fail(`expected an index of shards with a weight_map, got ${shown(index)}; give the file of weights itself`)
  const entries = Object.entries(map).map(([tensor, file]) => [tensor, String(file)] as const)
  const shards = new Map<string, Checkpoint<B>>()
  for (const name of new Set(entries.map(([, file]) => file))) {
    if (/[\\/]|^\.\.?$/.test(name)) fail(`expected files beside the index, got "${shown(name)}"`)
    if (!beside) return fail(`names other files (${firstFew([name])}): open it from a folder that has them`)
    shards.set(name, await openCheckpoint(await beside(name)))
  }
  const arrays = entries.map(([tensor, file]) => {
    const array = shards.get(file)?.arrays.get(tensor)
    return [tensor, array ?? fail(`expected "${shown(tensor)}" in ${shown(file)}, which lacks it`)] as const
  })
  return {
    name: bytes.name,
    sources: [...shards.values()].flatMap(shard => shard.sources),
    arrays: new Map(arrays),
  }
}

function parseJson(text: string, fail: (problem: string) => never): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return fail('expected JSON')
  }
}
