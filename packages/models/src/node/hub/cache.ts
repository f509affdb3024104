import { createHash, type Hash } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { ModelError } from '../../errors.ts'
import { describeFile, listFiles, type RemoteFile, streamFile, UnreachableError } from './client.ts'

/** The diagnostics channel on which a `DownloadProgress` is published while a file is loaded. */
export const downloadChannel = 'vitrine:download'

export interface DownloadProgress {
  readonly file: string
  /** Bytes. */
  readonly done: number
  readonly size: number
}

const progress = channel(downloadChannel)

/** The cache that Hugging Face's own tools use too: `HF_HUB_CACHE`, or `hub` in `HF_HOME`. */
export function cacheFolder(): string {
  const home = process.env.HF_HOME || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  return process.env.HF_HUB_CACHE || join(home, 'hub')
}

const PREFIX = 'models--'

/** Repositories in the cache that hold weights. */
export function cachedRepositories(): string[] {
  const folder = cacheFolder()
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => name.startsWith(PREFIX) && snapshotsOf(join(folder, name)).some(hasWeights))
    .map(name => name.slice(PREFIX.length).replaceAll('--', '/'))
}

function snapshotsOf(repository: string): string[] {
  const folder = join(repository, 'snapshots')
  return existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
}

const hasWeights = (snapshot: string): boolean => readdirSync(snapshot).some(name => WEIGHTS.test(name))

const WEIGHTS = /\.(safetensors|bin|pth|pt)$/
const CONFIGURATION = ['config.json', 'preprocessor_config.json']

/**
 * The folder of a repository's snapshot in the cache, with its configuration and its weights. What is missing is downloaded: a broken
 * download goes on where it stopped, and every file's hash is verified before it is used. Offline, the newest cached snapshot of the
 * revision is taken.
 */
export async function fetchModel(repository: string, revision = 'main'): Promise<string> {
  const root = join(cacheFolder(), PREFIX + repository.replace('/', '--'))
  try {
    const { commit, names } = await listFiles(repository, revision)
    const snapshot = join(root, 'snapshots', commit)
    await load(names.filter(name => CONFIGURATION.includes(name)))
    await load(wantedWeights(repository, names, snapshot))
    // The shards are known once their index is there.
    await load(shardsOf(snapshot))
    const reference = join(root, 'refs', revision)
    mkdirSync(dirname(reference), { recursive: true })
    writeFileSync(reference, commit)
    return snapshot

    async function load(files: readonly string[]): Promise<void> {
      for (const name of files)
        if (!existsSync(join(snapshot, name)))
          link(await download(root, name, await describeFile(repository, commit, name)), join(snapshot, name))
    }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    const cached = cachedSnapshot(root, revision)
    if (cached !== undefined) return cached
    throw error
  }
}

function cachedSnapshot(root: string, revision: string): string | undefined {
  const reference = join(root, 'refs', revision)
  const commit = existsSync(reference) ? readFileSync(reference, 'utf8').trim() : revision
  const snapshot = join(root, 'snapshots', commit)
  return existsSync(snapshot) && hasWeights(snapshot) ? snapshot : undefined
}

/** One file of weights, or the index of one in shards. */
function wantedWeights(repository: string, names: readonly string[], snapshot: string): string[] {
  const known = [
    'model.safetensors',
    'model.safetensors.index.json',
    'pytorch_model.bin',
    'pytorch_model.bin.index.json',
  ]
  const found =
    known.find(name => names.includes(name)) ?? names.find(name => WEIGHTS.test(name) && !name.includes('/'))
  if (found === undefined)
    throw new ModelError(`${repository}: expected ${known.join(', ')}, got ${names.join(', ') || 'no files'}`)
  mkdirSync(snapshot, { recursive: true })
  return [found]
}

function shardsOf(snapshot: string): string[] {
  const index = readdirSync(snapshot).find(name => name.endsWith('.index.json'))
  if (index === undefined) return []
  const { weight_map: map = {} } = JSON.parse(readFileSync(join(snapshot, index), 'utf8')) as { weight_map?: object }
  return [...new Set(Object.values(map).map(String))].filter(name => !name.includes('/'))
}

/** Loads a file to its place among the blobs and verifies it; answers with that place. */
async function download(root: string, name: string, remote: RemoteFile): Promise<string> {
  const blob = join(root, 'blobs', remote.etag)
  if (existsSync(blob) && statSync(blob).size === remote.size) return blob
  mkdirSync(dirname(blob), { recursive: true })
  const partial = `${blob}.incomplete`
  const already = existsSync(partial) ? statSync(partial).size : 0
  const start = already < remote.size ? already : 0
  const { resumed, body } = await streamFile(remote, start)
  const from = resumed ? start : 0
  const hash = hashFor(remote)
  if (from > 0) for await (const chunk of createReadStream(partial, { end: from - 1 })) hash.update(chunk)
  const file = await open(partial, from > 0 ? 'r+' : 'w')
  let done = from
  try {
    await file.truncate(from)
    for await (const chunk of body) {
      await file.write(chunk, 0, chunk.length, done)
      hash.update(chunk)
      done += chunk.length
      progress.publish({ file: name, done, size: remote.size } satisfies DownloadProgress)
    }
  } catch (error) {
    throw new UnreachableError(
      `${remote.url}: the download stopped at ${done} of ${remote.size} bytes (${error instanceof Error ? error.message : error}). Run the same command again to go on from there`,
    )
  } finally {
    await file.close()
  }
  if (done < remote.size)
    throw new UnreachableError(
      `${remote.url}: the download stopped at ${done} of ${remote.size} bytes. Run the same command again to go on from there`,
    )
  const digest = hash.digest('hex')
  if (digest !== remote.etag) {
    rmSync(partial)
    throw new ModelError(
      `${remote.url}: expected the hash ${remote.etag}, got ${digest}; the damaged copy was removed. Run the same command again`,
    )
  }
  renameSync(partial, blob)
  return blob
}

/** The hash that the hub's etag is: SHA-256 of the content, or Git's SHA-1 of a blob. */
function hashFor({ etag, size }: RemoteFile): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`)
}

function link(blob: string, place: string): void {
  mkdirSync(dirname(place), { recursive: true })
  try {
    symlinkSync(relative(dirname(place), blob), place)
  } catch {
    // Where symbolic links are not allowed.
    copyFileSync(blob, place)
  }
}
