import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach } from 'node:test'
import { fileURLToPath } from 'node:url'

// A model hub of a test file's own, on this machine: what it has and how it misbehaves is set by each test.

export const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)))

export const MODEL = { name: 'owner/name', revision: 'main' }
export const COMMIT = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'

interface Hub {
  /** The files of `owner/name`. */
  repository: Record<string, Buffer>
  /** Bytes after which an answer breaks off; the next one may go on. */
  stopAfter: number
  corrupt: boolean
  /** Bytes beyond which the server never sends any. */
  deadAt: number
  /** Answers in the hub's place where it says so. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  requests: string[]
}

const behaving = (): Hub => ({
  repository: {
    'README.md': Buffer.from('# A model'),
    'config.json': fixture('hf/vit/config.json'),
    'preprocessor_config.json': fixture('hf/vit/preprocessor_config.json'),
    'model.safetensors': fixture('hf/vit/model.safetensors'),
    'pytorch_model.bin': Buffer.from('not asked for'),
  },
  stopAfter: Number.POSITIVE_INFINITY,
  corrupt: false,
  deadAt: Number.POSITIVE_INFINITY,
  answer: undefined,
  requests: [],
})

export const hub: Hub = behaving()

const isLarge = (name: string) => /\.(safetensors|bin|onnx|onnx_data)$/.test(name)

function respond({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  hub.requests.push(
    `${method} ${url}${headers.range ? ` ${headers.range}` : ''}${headers.authorization ? ' token' : ''}`,
  )
  if (hub.answer?.({ method, url, headers } as IncomingMessage, response)) return
  if (url.startsWith('/renamed/') && url.includes('/resolve/')) {
    response.writeHead(307, { location: url.replace('/renamed/', '/owner/') }).end()
    return
  }
  const [, file = ''] = /^\/owner\/name\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(url) ?? []
  const [, stored = ''] = /^\/cdn\/(.+)$/.exec(url) ?? []
  if (/^\/api\/models\/(?:owner|renamed)\/name\/revision\//.test(url)) {
    response.end(
      JSON.stringify({ sha: COMMIT, siblings: Object.keys(hub.repository).map(rfilename => ({ rfilename })) }),
    )
    return
  }
  const bytes = hub.repository[file || stored]
  if (!bytes) {
    response.writeHead(404).end()
    return
  }
  const git = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
  if (file && isLarge(file)) {
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const linked = { 'x-linked-etag': `"${sha256}"`, 'x-linked-size': bytes.length, etag: '"irrelevant"' }
    response.writeHead(302, { location: `/cdn/${file}`, ...linked }).end()
    return
  }
  const start = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
  const part = Buffer.from(bytes.subarray(start))
  if (hub.corrupt && stored) part[part.length - 1] = (part.at(-1) ?? 0) ^ 1
  response.writeHead(start > 0 ? 206 : 200, { etag: `"${git}"`, 'content-length': part.length })
  if (method === 'HEAD') response.end()
  else if (stored && bytes.length > hub.deadAt)
    response.write(part.subarray(0, Math.max(0, hub.deadAt - start)), () => response.destroy())
  else if (stored && part.length > hub.stopAfter)
    response.write(part.subarray(0, hub.stopAfter), () => response.destroy())
  else response.end(part)
}

/** Listens on a free port until the tests have ended; answers with the address. */
export async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handler)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Where the hub answers. */
export const address = await listen(respond)

/** The folder of `owner/name` in the cache. */
export const cache = (): string => join(process.env.HF_HOME ?? '', 'hub', 'models--owner--name')

beforeEach(() => {
  Object.assign(hub, behaving())
  process.env.HF_HOME = mkdtempSync(join(tmpdir(), 'vitrine-hub-'))
  process.env.HF_ENDPOINT = address
  delete process.env.HF_TOKEN
  delete process.env.HF_HUB_CACHE
  delete process.env.HF_HUB_OFFLINE
})
