import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { input } from '@vitrine/tensor'
import { openModel } from '../../index.ts'
import { cachedRepositories, fetchModel } from './cache.ts'
import { PATIENCE, type Patience } from './client.ts'

const fixture = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)))
/** A server in this process answers at once, but on a busy machine that may take seconds. */
const HASTY: Patience = { headers: 20_000, silence: 20_000, least: 1000, retries: 2, pause: 1, longestPause: 50 }
const MODEL = { name: 'owner/name', revision: 'main' }
const COMMIT = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'

/** What the hub has, and how it misbehaves. */
let repository: Record<string, Buffer> = {}
let stopAfter = Number.POSITIVE_INFINITY
let corrupt = false
/** Bytes beyond which the server never sends any. */
let deadAt = Number.POSITIVE_INFINITY
let answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
let requests: string[] = []

const isLarge = (name: string) => /\.(safetensors|bin|onnx|onnx_data)$/.test(name)

function hub({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  requests.push(`${method} ${url}${headers.range ? ` ${headers.range}` : ''}${headers.authorization ? ' token' : ''}`)
  if (answer?.({ method, url, headers } as IncomingMessage, response)) return
  if (url.startsWith('/renamed/') && url.includes('/resolve/')) {
    response.writeHead(307, { location: url.replace('/renamed/', '/owner/') }).end()
    return
  }
  const [, file = ''] = /^\/owner\/name\/resolve\/[0-9a-f]{40}\/(.+)$/.exec(url) ?? []
  const [, stored = ''] = /^\/cdn\/(.+)$/.exec(url) ?? []
  if (/^\/api\/models\/(?:owner|renamed)\/name\/revision\//.test(url)) {
    response.end(JSON.stringify({ sha: COMMIT, siblings: Object.keys(repository).map(rfilename => ({ rfilename })) }))
    return
  }
  const bytes = repository[file || stored]
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
  if (corrupt && stored) part[part.length - 1] = (part.at(-1) ?? 0) ^ 1
  response.writeHead(start > 0 ? 206 : 200, { etag: `"${git}"`, 'content-length': part.length })
  if (method === 'HEAD') response.end()
  else if (stored && bytes.length > deadAt)
    response.write(part.subarray(0, Math.max(0, deadAt - start)), () => response.destroy())
  else if (stored && part.length > stopAfter) response.write(part.subarray(0, stopAfter), () => response.destroy())
  else response.end(part)
}

const server = createServer(hub)
await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
after(() => server.close())

beforeEach(() => {
  repository = {
    'README.md': Buffer.from('# A model'),
    'config.json': fixture('hf/vit/config.json'),
    'preprocessor_config.json': fixture('hf/vit/preprocessor_config.json'),
    'model.safetensors': fixture('hf/vit/model.safetensors'),
    'pytorch_model.bin': Buffer.from('not asked for'),
  }
  stopAfter = Number.POSITIVE_INFINITY
  corrupt = false
  deadAt = Number.POSITIVE_INFINITY
  answer = undefined
  requests = []
  process.env.HF_HOME = mkdtempSync(join(tmpdir(), 'vitrine-hub-'))
  process.env.HF_ENDPOINT = address
  delete process.env.HF_TOKEN
  delete process.env.HF_HUB_CACHE
  delete process.env.HF_HUB_OFFLINE
})

const cache = () => join(process.env.HF_HOME ?? '', 'hub', 'models--owner--name')

test('a model of the hub is loaded, and the second time without a download', async () => {
  const model = await openModel('hf:owner/name')
  assert.equal(model.id, 'owner-name')
  assert.equal(model.hash, createHash('sha256').update(fixture('hf/vit/model.safetensors')).digest('hex'))
  assert.ok(!requests.some(line => line.includes('README') || line.includes('pytorch_model')))
  requests = []
  await openModel('hf:owner/name')
  assert.deepEqual(requests, ['GET /api/models/owner/name/revision/main'])
  assert.deepEqual(cachedRepositories(), ['owner/name'])
})

test("the cache has the layout of Hugging Face's own tools", async () => {
  await openModel('hf:owner/name')
  const file = join(cache(), 'snapshots', COMMIT, 'model.safetensors')
  assert.ok(lstatSync(file).isSymbolicLink())
  assert.equal(
    realpathSync(file),
    realpathSync(join(cache(), 'blobs', createHash('sha256').update(readFileSync(file)).digest('hex'))),
  )
  assert.equal(readFileSync(join(cache(), 'refs', 'main'), 'utf8'), COMMIT)
})

test('a download that breaks goes on where it stopped', async () => {
  stopAfter = 200_000
  await openModel('hf:owner/name')
  assert.ok(requests.includes('GET /cdn/model.safetensors bytes=200000-501995'))
})

test('a download that brings nothing more ends, and the next command goes on', async () => {
  deadAt = 200_000
  await assert.rejects(fetchModel(MODEL, HASTY), {
    name: 'ModelError',
    message: /stopped at 200000 of 501996 bytes.*Run the same command again/,
  })
  deadAt = Number.POSITIVE_INFINITY
  requests = []
  await openModel('hf:owner/name')
  assert.ok(requests.includes('GET /cdn/model.safetensors bytes=200000-501995'))
})

test('a damaged download is removed and named', async () => {
  corrupt = true
  await assert.rejects(openModel('hf:owner/name'), {
    name: 'ModelError',
    message: /expected the hash [0-9a-f]{64}, got [0-9a-f]{64}; the damaged copy was removed/,
  })
  assert.ok(!readdirSync(join(cache(), 'blobs')).some(name => statSync(join(cache(), 'blobs', name)).size > 100_000))
  corrupt = false
  await openModel('hf:owner/name')
})

test('shards are loaded with their index', async () => {
  const { 'model.safetensors': whole, 'pytorch_model.bin': _, ...rest } = repository
  assert(whole)
  const names = Object.keys(JSON.parse(whole.subarray(8, 8 + Number(whole.readBigUInt64LE())).toString()))
  const weightMap = Object.fromEntries(
    names.filter(n => n !== '__metadata__').map(n => [n, 'model-00001-of-00001.safetensors']),
  )
  repository = {
    ...rest,
    'model.safetensors.index.json': Buffer.from(JSON.stringify({ weight_map: weightMap })),
    'model-00001-of-00001.safetensors': whole,
  }
  const { transformer } = await openModel('hf:owner/name')
  assert.equal(transformer.trace(input('image', transformer.imageShape(1))).blocks.length, 3)
})

test('offline, the cache is used; without one the message says what to do', async () => {
  process.env.HF_ENDPOINT = 'http://127.0.0.1:9'
  await assert.rejects(openModel('hf:owner/name'), {
    name: 'ModelError',
    message:
      /cannot be reached.*Go online, name a mirror in HF_ENDPOINT or a proxy in HTTPS_PROXY, or download the files elsewhere into a folder/,
  })
  process.env.HF_ENDPOINT = address
  await openModel('hf:owner/name')
  process.env.HF_ENDPOINT = 'http://127.0.0.1:9'
  const { id } = await openModel('hf:owner/name')
  assert.equal(id, 'owner-name')
  process.env.HF_HUB_OFFLINE = '1'
  await openModel(`hf:owner/name@${COMMIT}`)
})

test('a repository that does not exist is said not to', () =>
  assert.rejects(openModel('hf:nobody/nothing'), { name: 'ModelError', message: /no such repository.*HTTP 404/ }))

test('a renamed repository is followed', async () => {
  const { id } = await openModel('hf:renamed/name')
  assert.equal(id, 'renamed-name')
})

test('a token is sent where it is set', async () => {
  process.env.HF_TOKEN = 'secret'
  await openModel('hf:owner/name')
  assert.ok(requests.includes('GET /api/models/owner/name/revision/main token'))
})

test('an index that leads outside of its folder is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-index-'))
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { a: '../../etc/passwd' } }))
  await assert.rejects(openModel(folder), { name: 'ModelError', message: /expected files beside the index/ })
  assert.ok(existsSync(folder))
})

/** The fields of requests that another host got. */
const strangerSaw: string[] = []
const stranger = createServer((request, response) => {
  strangerSaw.push(String(request.headers.authorization))
  const bytes = repository['model.safetensors'] ?? Buffer.alloc(0)
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
  response.writeHead(200, { etag, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
})
await new Promise<void>(resolve => stranger.listen(0, '127.0.0.1', resolve))
after(() => stranger.close())
const strangerAddress = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`

for (const linked of [true, false])
  test(`a token goes to no other host, ${linked ? 'from a large file' : 'from a plain redirect'}`, async () => {
    process.env.HF_TOKEN = 'secret'
    strangerSaw.length = 0
    const bytes = repository['model.safetensors'] ?? Buffer.alloc(0)
    answer = ({ url = '' }, response) => {
      if (!url.endsWith('/model.safetensors')) return false
      const etag = createHash('sha256').update(bytes).digest('hex')
      const own = linked ? { 'x-linked-etag': etag, 'x-linked-size': bytes.length } : {}
      response.writeHead(302, { location: `${strangerAddress}/model`, ...own }).end()
      return true
    }
    await openModel('hf:owner/name')
    assert.ok(requests.includes('GET /api/models/owner/name/revision/main token'))
    assert.ok(strangerSaw.length > 0 && strangerSaw.every(seen => seen === 'undefined'), strangerSaw.join())
  })

test('a busy hub is asked again, when it says so', async () => {
  let refusals = 2
  answer = ({ url = '' }, response) => {
    if (!url.startsWith('/api/') || refusals-- <= 0) return false
    response.writeHead(429, { 'retry-after': '0' }).end()
    return true
  }
  await fetchModel(MODEL, { ...PATIENCE, pause: 60_000 })
  assert.equal(requests.filter(line => line.startsWith('GET /api/')).length, 3)
})

test('a hub that stays busy is given up, and the cache is used', async () => {
  answer = (_, response) => {
    response.writeHead(503).end()
    return true
  }
  await assert.rejects(fetchModel(MODEL, HASTY), { name: 'ModelError', message: /HTTP 503/ })
  assert.equal(requests.length, 3)
  answer = undefined
  const snapshot = await fetchModel(MODEL)
  answer = (_, response) => {
    response.writeHead(503).end()
    return true
  }
  assert.equal(await fetchModel(MODEL, HASTY), snapshot)
})

test('headers that never come are not waited for', async () => {
  answer = () => true
  await assert.rejects(fetchModel(MODEL, { ...HASTY, headers: 300 }), {
    message: /no answer within 0\.3 s/,
  })
})

test('a body that falls silent is not waited for', async () => {
  answer = ({ url = '' }, response) => {
    if (!url.startsWith('/cdn/')) return false
    response.writeHead(200, { 'content-length': 501_996 }).write('{')
    return true
  }
  await assert.rejects(fetchModel(MODEL, { ...HASTY, silence: 300 }), {
    message: /stopped at 1 of 501996 bytes \(1 bytes within 0\.3 s\)/,
  })
})

test('a body that drips is not waited for', async () => {
  answer = ({ url = '' }, response) => {
    if (!url.startsWith('/cdn/')) return false
    response.writeHead(200, { 'content-length': 501_996 })
    const drip = setInterval(() => response.write('{'), 20)
    response.on('close', () => clearInterval(drip))
    return true
  }
  await assert.rejects(fetchModel(MODEL, { ...HASTY, silence: 300, retries: 0 }), {
    message: /stopped at (\d+) of 501996 bytes \(\1 bytes within 0\.3 s\)/,
  })
})

test('a body that takes longer than that in all, fast enough, is loaded', async () => {
  const bytes = repository['model.safetensors'] ?? Buffer.alloc(0)
  answer = ({ url = '' }, response) => {
    if (!url.startsWith('/cdn/')) return false
    response.writeHead(200, { 'content-length': bytes.length })
    let sent = 0
    const send = setInterval(() => {
      response.write(bytes.subarray(sent, sent + 15_000))
      sent += 15_000
      if (sent < bytes.length) return
      clearInterval(send)
      response.end()
    }, 100)
    return true
  }
  const { hash } = await openModel(await fetchModel(MODEL, { ...HASTY, silence: 2000 }))
  assert.equal(hash, createHash('sha256').update(bytes).digest('hex'))
})

test('a server that sends more than it said is stopped', async () => {
  let sent = 0
  answer = ({ url = '' }, response) => {
    if (!url.startsWith('/cdn/')) return false
    response.writeHead(200)
    const send = () => {
      if (response.destroyed || sent > 100e6) return
      sent += 65_536
      response.write(Buffer.alloc(65_536), send)
    }
    send()
    return true
  }
  await assert.rejects(fetchModel(MODEL, HASTY), { message: /expected 501996 bytes, got more/ })
  assert.ok(sent < 20e6, `${sent} bytes`)
})

test('an answer of any size is not read', async () => {
  answer = (_, response) => {
    response.end(Buffer.alloc(20_000_000, '['))
    return true
  }
  await assert.rejects(fetchModel(MODEL, HASTY), { message: /expected at most 8388608 bytes/ })
})

for (const revision of ['../../x', 'a/../b', '/etc', '..', 'a//b', '-x', 'x'.repeat(300)])
  test(`the revision ${revision.slice(0, 20)} is refused`, () =>
    assert.rejects(openModel(`hf:owner/name@${revision}`), {
      name: 'ModelError',
      message: /expected a branch, tag or commit/,
    }))

test('what the hub has by now is loaded, though there is a cache', async () => {
  const { hash } = await openModel('hf:owner/name')
  const moved = COMMIT.replace('c0ffee', 'decade')
  answer = ({ url = '' }, response) => {
    if (!url.startsWith('/api/')) return false
    response.end(JSON.stringify({ sha: moved, siblings: Object.keys(repository).map(rfilename => ({ rfilename })) }))
    return true
  }
  repository['model.safetensors'] = fixture('hf/vit/model.safetensors')
  const bytes = repository['model.safetensors']
  // The last byte of the weights: another number in the head.
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  const model = await openModel('hf:owner/name')
  assert.notEqual(model.hash, hash)
  process.env.HF_HUB_OFFLINE = '1'
  assert.equal((await openModel('hf:owner/name')).hash, model.hash)
})

test('a configuration in the cache that was cut is loaded again', async () => {
  const { hash } = await openModel('hf:owner/name')
  const configuration = realpathSync(join(cache(), 'snapshots', COMMIT, 'config.json'))
  writeFileSync(configuration, readFileSync(configuration).subarray(0, 40))
  assert.equal((await openModel('hf:owner/name')).hash, hash)
  assert.deepEqual(readFileSync(configuration), repository['config.json'])
})

for (const [what, damage] of [
  ['was cut', (bytes: Buffer) => bytes.subarray(0, 1000)],
  ['was changed', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(99)])],
] as const)
  test(`a file of the cache that ${what} is loaded again`, async () => {
    const { hash } = await openModel('hf:owner/name')
    const blob = join(cache(), 'blobs', hash)
    writeFileSync(blob, damage(readFileSync(blob)))
    const model = await openModel('hf:owner/name')
    assert.equal(model.hash, hash)
    assert.equal(statSync(blob).size, 501_996)
  })

test('a link where a download would go is not followed', async () => {
  const { hash } = await openModel('hf:owner/name')
  const elsewhere = join(process.env.HF_HOME ?? '', 'elsewhere')
  writeFileSync(elsewhere, 'precious')
  rmSync(join(cache(), 'blobs', hash))
  symlinkSync(elsewhere, join(cache(), 'blobs', `${hash}.incomplete`))
  await assert.rejects(openModel('hf:owner/name'), { name: 'ModelError', message: /cannot be written/ })
  assert.equal(readFileSync(elsewhere, 'utf8'), 'precious')
})

test('a cache that cannot be written is named', async () => {
  const file = join(process.env.HF_HOME ?? '', 'file')
  writeFileSync(file, '')
  process.env.HF_HOME = file
  await assert.rejects(openModel('hf:owner/name'), { name: 'ModelError', message: /cannot be written/ })
})

test('an endpoint that is no address is refused', async () => {
  process.env.HF_ENDPOINT = 'mirror'
  await assert.rejects(openModel('hf:owner/name'), { name: 'ModelError', message: /HF_ENDPOINT: expected an address/ })
})

test('a proxy of the environment is used', async () => {
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(404).end()
  })
  proxy.on('connect', ({ url }, socket) => {
    asked.push(url ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const client = fileURLToPath(new URL('./cache.ts', import.meta.url))
  const script = `const { fetchModel } = await import(${JSON.stringify(client)}); await fetchModel(${JSON.stringify(MODEL)}).catch(() => {})`
  const env = {
    ...process.env,
    HF_ENDPOINT: 'http://hub.example',
    HTTP_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    NO_PROXY: '',
  }
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
  proxy.close()
  assert.ok(
    asked.some(url => url.includes('hub.example')),
    asked.join(),
  )
})

test('of a repository without weights the exported model is loaded, with the files of its tensors', async () => {
  repository = {
    'config.json': fixture('hf/vit/config.json'),
    'onnx/model.onnx': Buffer.from('graph'),
    'onnx/model.onnx_data': Buffer.from('tensors'),
    'onnx/model_quantized.onnx': Buffer.from('not asked for'),
  }
  const snapshot = await fetchModel(MODEL)
  assert.deepEqual(readdirSync(join(snapshot, 'onnx')).sort(), ['model.onnx', 'model.onnx_data'])
  assert.equal(readFileSync(join(snapshot, 'onnx', 'model.onnx_data'), 'utf8'), 'tensors')
  assert.deepEqual(cachedRepositories(), ['owner/name'])
  // Offline, it is found again.
  process.env.HF_HUB_OFFLINE = '1'
  assert.equal(await fetchModel(MODEL), snapshot)
})

test('an exported model beside weights is loaded where it is named', async () => {
  repository = { ...repository, 'onnx/model.onnx': Buffer.from('graph') }
  const snapshot = await fetchModel({ ...MODEL, file: 'onnx/model.onnx' })
  assert.deepEqual(readdirSync(snapshot).sort(), ['config.json', 'onnx', 'preprocessor_config.json'])
  await assert.rejects(fetchModel({ ...MODEL, file: 'other.onnx' }), {
    message: /owner\/name: expected other\.onnx, got/,
  })
})
