import { createHash, type Hash } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import {
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { firstFew } from '../../checkpoint/checkpoint.ts'
import { shown } from '../../checkpoint/shown.ts'
import { ModelError } from '../../errors.ts'
import { EXPORTED_FILES } from '../exported-files.ts'
import { readJsonFile } from '../file-bytes.ts'
import {
  describeFile,
  listFiles,
  PATIENCE,
  type Patience,
  type RemoteFile,
  streamFile,
  UnreachableError,
} from './client.ts'
import type { Repository } from './names.ts'

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
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(folder, entry.name))
}

const hasWeights = (snapshot: string): boolean =>
  readdirSync(snapshot, { recursive: true }).some(name => WEIGHTS.test(String(name)) || EXPORTED.test(String(name)))

const WEIGHTS = /\.(safetensors|bin|pth|pt)$/
const EXPORTED = /\.onnx$/
const CONFIGURATION = [
  'config.json',
  'preprocessor_config.json',
  'open_clip_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
]

/**
 * The folder of a repository's snapshot in the cache, with its configuration and its weights. What is missing is downloaded: a broken
 * download goes on where it stopped, and every file's hash is verified before it is used. Offline, the newest cached snapshot of the
 * revision is taken.
 */
export async function fetchModel(repository: Repository, patience: Patience = PATIENCE): Promise<string> {
  const { name: owned, revision } = repository
  const root = join(cacheFolder(), PREFIX + owned.replace('/', '--'))
  try {
    const { commit, names } = await listFiles(owned, revision, patience)
    const snapshot = join(root, 'snapshots', commit)
    await load(names.filter(name => CONFIGURATION.includes(name)))
    await load(wantedFiles(repository, names))
    // The shards are known once their index is there.
    await load(shardsOf(snapshot))
    const reference = join(root, 'refs', revision)
    mkdirSync(dirname(reference), { recursive: true })
    writeFileSync(reference, commit)
    return snapshot

    async function load(files: readonly string[]): Promise<void> {
      for (const name of files)
        if (!existsSync(join(snapshot, name)))
          link(
            await download(root, name, await describeFile(owned, commit, name, patience), patience),
            join(snapshot, name),
          )
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw new ModelError(`${root}: cannot be written (${messageOf(error)})`)
    if (!(error instanceof UnreachableError)) throw error
    const cached = cachedSnapshot(root, revision)
    if (cached !== undefined) return cached
    throw error
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Removes the files of a snapshot whose content is not what their name in the cache says: they were cut or changed after they were loaded.
 * Returns whether there were any; they are loaded again when the model is fetched.
 */
export async function removeDamaged(snapshot: string): Promise<boolean> {
  let removed = false
  for (const name of readdirSync(snapshot, { recursive: true })) {
    const place = join(snapshot, String(name))
    const blob = existsSync(place) ? realpathSync(place) : place
    const etag = basename(blob)
    if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag) || !statSync(blob).isFile()) continue
    if ((await digestOf(blob, { etag, size: statSync(blob).size })) === etag) continue
    for (const path of [blob, place]) rmSync(path, { force: true })
    removed = true
  }
  return removed
}

async function digestOf(path: string, remote: Pick<RemoteFile, 'etag' | 'size'>): Promise<string> {
  const hash = hashFor(remote)
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

function cachedSnapshot(root: string, revision: string): string | undefined {
  const reference = join(root, 'refs', revision)
  const commit = existsSync(reference) ? readFileSync(reference, 'utf8').trim() : revision
  const snapshot = join(root, 'snapshots', commit)
  return existsSync(snapshot) && hasWeights(snapshot) ? snapshot : undefined
}

/**
 * One file of weights, or the index of one in shards; where there is none, an exported model with the files that hold its tensors, which are
 * named after it.
 */
function wantedFiles({ name, file }: Repository, names: readonly string[]): string[] {
  const weights = [
    'model.safetensors',
    'model.safetensors.index.json',
    'pytorch_model.bin',
    'pytorch_model.bin.index.json',
  ]
  const stored = weights.find(one => names.includes(one)) ?? names.find(one => WEIGHTS.test(one) && !one.includes('/'))
  if (file === undefined && stored !== undefined) return [stored]
  const exported = file === undefined ? EXPORTED_FILES : [file]
  const found = exported.find(one => names.includes(one))
  if (found === undefined) {
    const expected = file === undefined ? [...weights, ...exported] : exported
    throw new ModelError(`${name}: expected ${expected.join(', ')}, got ${firstFew(names)}`)
  }
  return [found, ...names.filter(one => one.startsWith(`${found}_data`) || one.startsWith(`${found}.data`))]
}

function shardsOf(snapshot: string): string[] {
  const index = readdirSync(snapshot).find(name => name.endsWith('.index.json'))
  if (index === undefined) return []
  const { weight_map: map } = readJsonFile(join(snapshot, index)) as { weight_map?: unknown }
  if (typeof map !== 'object' || map === null) throw new ModelError(`${index}: expected a weight_map`)
  const names = [...new Set(Object.values(map).map(String))]
  const outside = names.find(name => /[\\/]/.test(name))
  if (outside !== undefined) throw new ModelError(`${index}: expected files beside the index, got "${shown(outside)}"`)
  return names
}

/** Loads a file to its place among the blobs and verifies it; returns that place. */
async function download(root: string, name: string, remote: RemoteFile, patience: Patience): Promise<string> {
  const blob = join(root, 'blobs', remote.etag)
  if (existsSync(blob)) {
    if (statSync(blob).size === remote.size && (await digestOf(blob, remote)) === remote.etag) return blob
    rmSync(blob)
  }
  mkdirSync(dirname(blob), { recursive: true })
  const partial = `${blob}.incomplete`
  for (let attempt = 0; ; attempt++) {
    const before = sizeOf(partial)
    try {
      await loadOn(partial, name, remote, patience)
      break
    } catch (error) {
      // Whatever came is kept, and the next attempt goes on there; one that brought nothing is the last.
      const progressed = sizeOf(partial) > before
      if (!(error instanceof UnreachableError) || attempt >= patience.retries || !progressed) throw error
    }
  }
  const digest = await digestOf(partial, remote)
  if (digest !== remote.etag) {
    rmSync(partial)
    throw new ModelError(
      `${remote.url}: expected the hash ${remote.etag}, got ${digest}; the damaged copy was removed. Run the same command again`,
    )
  }
  renameSync(partial, blob)
  return blob
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0)

/** Loads what is missing of a file. Throws an UnreachableError where the server ends too early. */
async function loadOn(partial: string, name: string, remote: RemoteFile, patience: Patience): Promise<void> {
  const already = sizeOf(partial)
  const start = already < remote.size ? already : 0
  const { resumed, body } = await streamFile(remote, start, patience)
  const from = resumed ? start : 0
  // A link in a shared cache would lead to a file of somebody else.
  const file = await open(partial, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW)
  let done = from
  const stopped = (why: string) =>
    new UnreachableError(
      `${remote.url}: the download stopped at ${done} of ${remote.size} bytes${why}. Run the same command again to go on from there`,
    )
  try {
    await file.truncate(from)
    for await (const chunk of body) {
      if (done + chunk.length > remote.size)
        throw new ModelError(`${remote.url}: expected ${remote.size} bytes, got more; run the same command again`)
      await file.write(chunk, 0, chunk.length, done)
      done += chunk.length
      progress.publish({ file: name, done, size: remote.size } satisfies DownloadProgress)
    }
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw stopped(` (${messageOf(error)})`)
  } finally {
    await file.close()
  }
  if (done < remote.size) throw stopped('')
}

/** The hash that the hub's etag is: SHA-256 of the content, or Git's SHA-1 of a blob. */
function hashFor({ etag, size }: Pick<RemoteFile, 'etag' | 'size'>): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`)
}

function link(blob: string, place: string): void {
  rmSync(place, { force: true })
  mkdirSync(dirname(place), { recursive: true })
  try {
    symlinkSync(relative(dirname(place), blob), place)
  } catch {
    // Where symbolic links are not allowed.
    copyFileSync(blob, place)
  }
}
