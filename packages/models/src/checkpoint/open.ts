import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ModelError } from '../errors.ts'
import { openSafetensors } from './safetensors.ts'
import { fileSize, readRange, type TensorFile } from './tensor-file.ts'
import { openTorchLegacy, openTorchZip } from './torch.ts'

/**
 * Opens a file of weights, told apart by its first bytes and not by its name: safetensors, `torch.save` in both of its formats, or the
 * JSON index of a checkpoint in several such files.
 */
export async function openCheckpoint(path: string): Promise<TensorFile> {
  const size = fileSize(path)
  const start = Buffer.from(readRange({ path, offset: 0, length: Math.min(size, 9) }))
  const text = start.toString('latin1')
  if (text.startsWith('PK\x03\x04')) return openTorchZip(path)
  if (text[8] === '{') return openSafetensors(path)
  if (text[0] === '\x80') return openTorchLegacy(path)
  if (text[0] === '{') return openShards(path)
  if (size < 9) throw new ModelError(`${path}: expected a checkpoint, got ${size} bytes`)
  if (text.startsWith('version '))
    throw new ModelError(
      `${path}: is a pointer of Git LFS and not the file itself. Run \`git lfs pull\` where it came from`,
    )
  if (/\.(safetensors)$/.test(path)) return openSafetensors(path)
  throw new ModelError(`${path}: expected safetensors, a file of torch.save, or an index.json of such files`)
}

/** A checkpoint in several files, by the index that says which file holds which array. */
async function openShards(path: string): Promise<TensorFile> {
  const fail = (problem: string): never => {
    throw new ModelError(`${path}: ${problem}`)
  }
  const index = parse(readFileSync(path, 'utf8'), fail)
  const entries = Object.entries(index.weight_map ?? fail('expected a weight_map'))
  const names = [...new Set(entries.map(([, file]) => String(file)))]
  const outside = names.find(name => basename(name) !== name)
  if (outside !== undefined) fail(`expected files beside the index, got "${outside}"`)
  const shards = new Map<string, TensorFile>()
  for (const name of names) shards.set(name, await openCheckpoint(join(dirname(path), name)))
  const shardOf = new Map(entries.map(([tensor, file]) => [tensor, shards.get(String(file))]))
  const find = (tensor: string): TensorFile => shardOf.get(tensor) ?? fail(`no tensor "${tensor}"`)
  for (const [tensor, shard] of shardOf)
    if (!shard?.names.includes(tensor)) fail(`expected "${tensor}" in ${basename(shard?.path ?? '')}, which lacks it`)
  return {
    path,
    files: [...shards.values()].map(shard => shard.path),
    names: [...shardOf.keys()],
    shape: tensor => find(tensor).shape(tensor),
    dtype: tensor => find(tensor).dtype(tensor),
    location: tensor => find(tensor).location(tensor),
    read: tensor => find(tensor).read(tensor),
  }
}

function parse(text: string, fail: (problem: string) => never): { readonly weight_map?: object } {
  try {
    return JSON.parse(text)
  } catch {
    return fail('expected JSON')
  }
}
