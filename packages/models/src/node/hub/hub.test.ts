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
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { input } from '@vitrine/tensor'
import { openModel } from '../../index.ts'
import { cachedRepositories, fetchModel } from './cache.ts'
import { address, COMMIT, cache, fixture, hub, listen, MODEL } from './testing-hub.ts'

test('a model of the hub is loaded, and the second time without a download', async () => {
  const model = await openModel('hf:owner/name')
  assert.equal(model.id, 'owner-name')
  assert.equal(model.hash, createHash('sha256').update(fixture('hf/vit/model.safetensors')).digest('hex'))
  assert.ok(!hub.requests.some(line => line.includes('README') || line.includes('pytorch_model')))
  hub.requests = []
  await openModel('hf:owner/name')
  assert.deepEqual(hub.requests, ['GET /api/models/owner/name/revision/main'])
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

test('shards are loaded with their index', async () => {
  const { 'model.safetensors': whole, 'pytorch_model.bin': _, ...rest } = hub.repository
  assert(whole)
  const names = Object.keys(JSON.parse(whole.subarray(8, 8 + Number(whole.readBigUInt64LE())).toString()))
  const weightMap = Object.fromEntries(
    names.filter(n => n !== '__metadata__').map(n => [n, 'model-00001-of-00001.safetensors']),
  )
  hub.repository = {
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
  assert.ok(hub.requests.includes('GET /api/models/owner/name/revision/main token'))
})

test('an index that leads outside of its folder is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-index-'))
  writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { a: '../../etc/passwd' } }))
  await assert.rejects(openModel(folder), { name: 'ModelError', message: /expected files beside the index/ })
  assert.ok(existsSync(folder))
})

/** The fields of requests that another host got. */
const strangerSaw: string[] = []
const strangerAddress = await listen((request, response) => {
  strangerSaw.push(String(request.headers.authorization))
  const bytes = hub.repository['model.safetensors'] ?? Buffer.alloc(0)
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
  response.writeHead(200, { etag, 'content-length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
})

for (const linked of [true, false])
  test(`a token goes to no other host, ${linked ? 'from a large file' : 'from a plain redirect'}`, async () => {
    process.env.HF_TOKEN = 'secret'
    strangerSaw.length = 0
    const bytes = hub.repository['model.safetensors'] ?? Buffer.alloc(0)
    hub.answer = ({ url = '' }, response) => {
      if (!url.endsWith('/model.safetensors')) return false
      const etag = createHash('sha256').update(bytes).digest('hex')
      const own = linked ? { 'x-linked-etag': etag, 'x-linked-size': bytes.length } : {}
      response.writeHead(302, { location: `${strangerAddress}/model`, ...own }).end()
      return true
    }
    await openModel('hf:owner/name')
    assert.ok(hub.requests.includes('GET /api/models/owner/name/revision/main token'))
    assert.ok(strangerSaw.length > 0 && strangerSaw.every(seen => seen === 'undefined'), strangerSaw.join())
  })

test('what the hub has by now is loaded, though there is a cache', async () => {
  const { hash } = await openModel('hf:owner/name')
  const moved = COMMIT.replace('c0ffee', 'decade')
  hub.answer = ({ url = '' }, response) => {
    if (!url.startsWith('/api/')) return false
    response.end(
      JSON.stringify({ sha: moved, siblings: Object.keys(hub.repository).map(rfilename => ({ rfilename })) }),
    )
    return true
  }
  hub.repository['model.safetensors'] = fixture('hf/vit/model.safetensors')
  const bytes = hub.repository['model.safetensors']
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
  assert.deepEqual(readFileSync(configuration), hub.repository['config.json'])
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
  hub.repository = {
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
  hub.repository = { ...hub.repository, 'onnx/model.onnx': Buffer.from('graph') }
  const snapshot = await fetchModel({ ...MODEL, file: 'onnx/model.onnx' })
  assert.deepEqual(readdirSync(snapshot).sort(), ['config.json', 'onnx', 'preprocessor_config.json'])
  await assert.rejects(fetchModel({ ...MODEL, file: 'other.onnx' }), {
    message: /owner\/name: expected other\.onnx, got/,
  })
})
