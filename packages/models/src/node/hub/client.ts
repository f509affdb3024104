import * as http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { firstFew } from '../../checkpoint/checkpoint.ts'
import { shown } from '../../checkpoint/shown.ts'
import { ModelError } from '../../errors.ts'

/** A file of a repository: where it is, how large, and the hash of its content. */
export interface RemoteFile {
  readonly url: string
  readonly size: number
  /** SHA-256 (64 digits) of a large file, or the SHA-1 of Git's blob (40 digits) of a small one. */
  readonly etag: string
}

/** How long a server is waited for, and how often it is asked again. Milliseconds. */
export interface Patience {
  /** Until the headers of an answer. */
  readonly headers: number
  /** Until the next `least` bytes of a body. */
  readonly silence: number
  /** Bytes. A body that brings fewer in the time of `silence` is as good as silent. */
  readonly least: number
  /** Questions after the first one, where the server is busy or the line breaks. */
  readonly retries: number
  /** Before the first of them; each later one waits twice as long. */
  readonly pause: number
  /** The longest `Retry-After` that is waited for. */
  readonly longestPause: number
}

export const PATIENCE: Patience = {
  headers: 30_000,
  silence: 60_000,
  least: 16_384,
  retries: 3,
  pause: 1000,
  longestPause: 60_000,
}

/** Thrown where the hub cannot be reached, so that a caller may look into the cache. */
export class UnreachableError extends ModelError {}

/** The hub: `HF_ENDPOINT` names a mirror. */
export function endpoint(): string {
  const place = (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '')
  const { protocol } = URL.parse(place) ?? {}
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new ModelError(`HF_ENDPOINT: expected an address such as https://mirror.example, got "${shown(place)}"`)
  return place
}

/** The token goes to the hub itself and to nobody else: what it leads to has addresses that are signed. */
function token(url: string): Record<string, string> {
  const own = new URL(url).origin === new URL(endpoint()).origin
  return own && process.env.HF_TOKEN ? { authorization: `Bearer ${process.env.HF_TOKEN}` } : {}
}

const WHAT_TO_DO =
  'Go online, name a mirror in HF_ENDPOINT or a proxy in HTTPS_PROXY, or download the files elsewhere into a folder and give its path as the model'

const PROXIES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy']
let proxied = false

/** Sends requests by the proxy that the environment names, as NODE_USE_ENV_PROXY=1 does. */
function useProxy(): void {
  if (proxied || !PROXIES.some(name => process.env[name])) return
  http.setGlobalProxyFromEnv()
  proxied = true
}

const BUSY = new Set([408, 429, 500, 502, 503, 504])
const HOPS = 5

interface RequestOptions {
  readonly method?: 'GET' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer, the address that gave it, and a way to end it. */
interface HubAnswer {
  readonly url: string
  readonly response: Response
  readonly controller: AbortController
}

/** Asks until there is an answer, and again where the server is busy. Redirects are not followed. */
async function ask(
  url: string,
  { method = 'GET', headers = {} }: RequestOptions,
  patience: Patience,
): Promise<HubAnswer> {
  if (process.env.HF_HUB_OFFLINE === '1') throw new UnreachableError(`${url}: HF_HUB_OFFLINE is set. ${WHAT_TO_DO}`)
  useProxy()
  for (let attempt = 0; ; attempt++) {
    const controller = new AbortController()
    const timer = setTimeout(
      () => controller.abort(new Error(`no answer within ${patience.headers / 1000} s`)),
      patience.headers,
    )
    const pause = patience.pause * 2 ** attempt
    try {
      const response = await fetch(url, {
        method,
        headers: { 'accept-encoding': 'identity', ...headers, ...token(url) },
        redirect: 'manual',
        signal: controller.signal,
      })
      if (!BUSY.has(response.status) || attempt >= patience.retries) return { url, response, controller }
      await response.body?.cancel()
      await sleep(retryAfter(response.headers, patience) ?? pause)
    } catch (error) {
      if (attempt >= patience.retries || !isBrokenLine(error))
        throw new UnreachableError(`${url}: cannot be reached (${reason(error)}). ${WHAT_TO_DO}`)
      await sleep(pause)
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A connection that was there and broke is worth another try; a name or a port that nobody answers to is not. */
function isBrokenLine(error: unknown): boolean {
  const { code } = (error instanceof Error ? (error.cause ?? error) : {}) as { readonly code?: unknown }
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String(code))
}

/** Seconds, or a date. */
function retryAfter(headers: Headers, { longestPause }: Patience): number | undefined {
  const said = headers.get('retry-after')
  if (said === null) return undefined
  const wait = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now()
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), longestPause) : undefined
}

const reason = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return shown(cause instanceof Error ? cause.message : cause)
}

/** Asks, and goes where the answer leads, until `enough`. */
async function follow(
  url: string,
  options: RequestOptions,
  patience: Patience,
  enough: (response: Response) => boolean = () => false,
): Promise<HubAnswer> {
  let at = url
  for (let hop = 0; hop <= HOPS; hop++) {
    const answer = await ask(at, options, patience)
    const { response } = answer
    const next = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || next === null || enough(response)) return answer
    await response.body?.cancel()
    const target = URL.parse(next, at)
    if (target?.protocol !== 'https:' && target?.protocol !== 'http:')
      throw new ModelError(`${at}: leads to "${shown(next)}", which is no address of the web`)
    at = target.href
  }
  throw new ModelError(`${url}: leads on more than ${HOPS} times`)
}

const REFUSALS: Readonly<Record<number, string>> = {
  401: 'no such repository, or a private one: check the name, or set HF_TOKEN to a token that may read it',
  403: 'access is refused: accept the terms on its page and set HF_TOKEN',
  404: 'no such repository, revision or file: check the name',
  429: 'too many requests: wait, or set HF_TOKEN',
}

function refuse(url: string, status: number): never {
  const problem = `${url}: ${REFUSALS[status] ?? 'expected an answer; try again later'} (HTTP ${status})`
  throw BUSY.has(status) ? new UnreachableError(problem) : new ModelError(problem)
}

/** The pieces of a body, as long as they come fast enough. */
async function* pieces({ response, controller }: HubAnswer, { silence, least }: Patience): AsyncIterable<Uint8Array> {
  if (response.body === null) return
  const reader = response.body.getReader()
  /** Bytes that came, and milliseconds that they were waited for, since the last `least` bytes. */
  let [came, waited] = [0, 0]
  const late = () => controller.abort(new Error(`${came} bytes within ${silence / 1000} s`))
  try {
    for (;;) {
      const asked = performance.now()
      const timer = setTimeout(late, silence - waited)
      const { done, value } = await reader.read().finally(() => clearTimeout(timer))
      if (done) return
      came += value.length
      waited += performance.now() - asked
      if (came >= least) [came, waited] = [0, 0]
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

// The list of a repository of thousands of files takes some hundred kilobytes.
const ANSWER_BYTES = 8 * 2 ** 20

async function readJson(answer: HubAnswer, patience: Patience): Promise<unknown> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const piece of pieces(answer, patience)) {
      size += piece.length
      if (size > ANSWER_BYTES) throw new ModelError(`${answer.url}: expected at most ${ANSWER_BYTES} bytes`)
      parts.push(piece)
    }
  } catch (error) {
    if (error instanceof ModelError) throw error
    throw new UnreachableError(`${answer.url}: the answer stopped (${reason(error)}). ${WHAT_TO_DO}`)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString())
  } catch {
    return undefined
  }
}

/** The commit that a revision names, and the names of its files. */
export async function listFiles(
  repository: string,
  revision: string,
  patience: Patience = PATIENCE,
): Promise<{ readonly commit: string; readonly names: readonly string[] }> {
  const url = `${endpoint()}/api/models/${repository}/revision/${encodeURIComponent(revision)}`
  const answer = await follow(url, {}, patience)
  if (!answer.response.ok) refuse(url, answer.response.status)
  const { sha, siblings } = ((await readJson(answer, patience)) ?? {}) as { sha?: unknown; siblings?: unknown }
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings))
    throw new ModelError(`${url}: expected the commit and the files of a repository; is HF_ENDPOINT a hub?`)
  const names = siblings.map((file: { rfilename?: unknown } | null) => file?.rfilename)
  if (!names.every(name => typeof name === 'string'))
    throw new ModelError(`${url}: expected names of files, got ${firstFew(names.map(name => shown(name)))}`)
  return { commit: sha, names }
}

/** Size and hash of a file, which large files tell in headers before they lead elsewhere. */
export async function describeFile(
  repository: string,
  commit: string,
  name: string,
  patience: Patience = PATIENCE,
): Promise<RemoteFile> {
  const path = name.split('/').map(encodeURIComponent).join('/')
  // A repository that was renamed leads to its other name; a large file's own headers come before it leads to a store.
  const { url, response } = await follow(
    `${endpoint()}/${repository}/resolve/${commit}/${path}`,
    { method: 'HEAD' },
    patience,
    ({ headers }) => headers.has('x-linked-etag'),
  )
  if (response.status >= 400) refuse(url, response.status)
  const { headers } = response
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag') ?? '').replace(/^W\/|"/g, '')
  const size = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? Number.NaN)
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(etag) || !Number.isSafeInteger(size))
    throw new ModelError(`${url}: expected a hash and a size in the headers, got "${shown(etag)}" and ${size}`)
  return { url, size, etag }
}

/** The bytes of a file from an offset on; `resumed` says whether the server began there or at the start. */
export async function streamFile(
  { url, size }: RemoteFile,
  offset: number,
  patience: Patience = PATIENCE,
): Promise<{ readonly resumed: boolean; readonly body: AsyncIterable<Uint8Array> }> {
  const range: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-${size - 1}` } : {}
  const answer = await follow(url, { headers: range }, patience)
  if (!answer.response.ok) refuse(url, answer.response.status)
  return { resumed: answer.response.status === 206, body: pieces(answer, patience) }
}
