import { ModelError } from '../../errors.ts'

/** A file of a repository: where it is, how large, and the hash of its content. */
export interface RemoteFile {
  readonly url: string
  readonly size: number
  /** SHA-256 (64 digits) of a large file, or the SHA-1 of Git's blob (40 digits) of a small one. */
  readonly etag: string
}

/** Thrown where the hub cannot be reached, so that a caller may look into the cache. */
export class UnreachableError extends ModelError {}

/** The hub: `HF_ENDPOINT` names a mirror. */
export const endpoint = (): string => (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')

const token = (): Record<string, string> =>
  process.env.HF_TOKEN ? { authorization: `Bearer ${process.env.HF_TOKEN}` } : {}

const WHAT_TO_DO =
  'Go online, name a mirror in HF_ENDPOINT, or download the files elsewhere into a folder and give its path as the model'

async function ask(url: string, init: RequestInit): Promise<Response> {
  if (process.env.HF_HUB_OFFLINE === '1') throw new UnreachableError(`${url}: HF_HUB_OFFLINE is set. ${WHAT_TO_DO}`)
  try {
    return await fetch(url, init)
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw new UnreachableError(
      `${url}: cannot be reached (${cause instanceof Error ? cause.message : cause}). ${WHAT_TO_DO}`,
    )
  }
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'no such repository, or a private one: check the name, or set HF_TOKEN to a token that may read it',
  403: 'access is refused: accept the terms on its page and set HF_TOKEN',
  404: 'no such repository, revision or file: check the name',
  429: 'too many requests: wait, or set HF_TOKEN',
}

function refuse(url: string, status: number): never {
  throw new ModelError(`${url}: ${REFUSALS[status] ?? 'expected an answer'} (HTTP ${status})`)
}

/** The commit that a revision names, and the names of its files. */
export async function listFiles(
  repository: string,
  revision: string,
): Promise<{ readonly commit: string; readonly names: readonly string[] }> {
  const url = `${endpoint()}/api/models/${repository}/revision/${encodeURIComponent(revision)}`
  const response = await ask(url, { headers: token() })
  if (!response.ok) refuse(url, response.status)
  const { sha, siblings } = (await response.json().catch(() => ({}))) as { sha?: unknown; siblings?: unknown }
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings))
    throw new ModelError(`${url}: expected the commit and the files of a repository; is HF_ENDPOINT a hub?`)
  return { commit: sha, names: siblings.map(({ rfilename }: { rfilename?: unknown }) => String(rfilename)) }
}

/** Size and hash of a file, which large files tell in headers before they lead elsewhere. */
export async function describeFile(repository: string, commit: string, name: string): Promise<RemoteFile> {
  const path = name.split('/').map(encodeURIComponent).join('/')
  let url = `${endpoint()}/${repository}/resolve/${commit}/${path}`
  let { status, headers } = await head(url)
  // A repository that was renamed leads to its other name; a large file's own headers come before it leads to a store.
  for (let hops = 0; status >= 300 && status < 400 && !headers.has('x-linked-etag') && hops < 5; hops++) {
    url = new URL(headers.get('location') ?? '', url).href
    ;({ status, headers } = await head(url))
  }
  if (status >= 400) refuse(url, status)
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^W\/|"/g, '')
  const size = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN)
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag) || !Number.isSafeInteger(size))
    throw new ModelError(`${url}: expected a hash and a size in the headers, got "${etag}" and ${size}`)
  return { url, size, etag }
}

const head = (url: string): Promise<Response> =>
  ask(url, { method: 'HEAD', redirect: 'manual', headers: { ...token(), 'accept-encoding': 'identity' } })

/** The bytes of a file from an offset on; `resumed` says whether the server began there or at the start. */
export async function streamFile(
  { url, size }: RemoteFile,
  offset: number,
): Promise<{ readonly resumed: boolean; readonly body: AsyncIterable<Uint8Array> }> {
  const response = await ask(url, {
    headers: {
      ...token(),
      'accept-encoding': 'identity',
      ...(offset > 0 && { range: `bytes=${offset}-${size - 1}` }),
    },
  })
  if (!response.ok || response.body === null) refuse(url, response.status)
  return { resumed: response.status === 206, body: response.body }
}
