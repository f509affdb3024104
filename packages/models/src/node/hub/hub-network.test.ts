import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openModel } from '../../index.ts'
import { fetchModel } from './cache.ts'
import { PATIENCE, type Patience } from './client.ts'
import { cache, hub, MODEL } from './testing-hub.ts'

/** A server in this process answers at once, but on a busy machine that may take seconds. */
const HASTY: Patience = { headers: 20_000, silence: 20_000, least: 1000, retries: 2, pause: 1, longestPause: 50 }

test('a download that breaks goes on where it stopped', async () => {
  hub.stopAfter = 200_000
  await openModel('hf:owner/name')
  assert.ok(hub.requests.includes('GET /cdn/model.safetensors bytes=200000-501995'))
})

test('a download that brings nothing more ends, and the next command goes on', async () => {
  hub.deadAt = 200_000
  await assert.rejects(fetchModel(MODEL, HASTY), {
    name: 'ModelError',
    message: /stopped at 200000 of 501996 bytes.*Run the same command again/,
  })
  hub.deadAt = Number.POSITIVE_INFINITY
  hub.requests = []
  await openModel('hf:owner/name')
  assert.ok(hub.requests.includes('GET /cdn/model.safetensors bytes=200000-501995'))
})

test('a damaged download is removed and named', async () => {
  hub.corrupt = true
  await assert.rejects(openModel('hf:owner/name'), {
    name: 'ModelError',
    message: /expected the hash [0-9a-f]{64}, got [0-9a-f]{64}; the damaged copy was removed/,
  })
  assert.ok(!readdirSync(join(cache(), 'blobs')).some(name => statSync(join(cache(), 'blobs', name)).size > 100_000))
  hub.corrupt = false
  await openModel('hf:owner/name')
})

test('a busy hub is asked again, when it says so', async () => {
  let refusals = 2
  hub.answer = ({ url = '' }, response) => {
    if (!url.startsWith('/api/') || refusals-- <= 0) return false
    response.writeHead(429, { 'retry-after': '0' }).end()
    return true
  }
  await fetchModel(MODEL, { ...PATIENCE, pause: 60_000 })
  assert.equal(hub.requests.filter(line => line.startsWith('GET /api/')).length, 3)
})

test('a hub that stays busy is given up, and the cache is used', async () => {
  hub.answer = (_, response) => {
    response.writeHead(503).end()
    return true
  }
  await assert.rejects(fetchModel(MODEL, HASTY), { name: 'ModelError', message: /HTTP 503/ })
  assert.equal(hub.requests.length, 3)
  hub.answer = undefined
  const snapshot = await fetchModel(MODEL)
  hub.answer = (_, response) => {
    response.writeHead(503).end()
    return true
  }
  assert.equal(await fetchModel(MODEL, HASTY), snapshot)
})

test('headers that never come are not waited for', async () => {
  hub.answer = () => true
  await assert.rejects(fetchModel(MODEL, { ...HASTY, headers: 300 }), {
    message: /no answer within 0\.3 s/,
  })
})

test('a body that falls silent is not waited for', async () => {
  hub.answer = ({ url = '' }, response) => {
    if (!url.startsWith('/cdn/')) return false
    response.writeHead(200, { 'content-length': 501_996 }).write('{')
    return true
  }
  await assert.rejects(fetchModel(MODEL, { ...HASTY, silence: 300 }), {
    message: /stopped at 1 of 501996 bytes \(1 bytes within 0\.3 s\)/,
  })
})

test('a body that drips is not waited for', async () => {
  hub.answer = ({ url = '' }, response) => {
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
  const bytes = hub.repository['model.safetensors'] ?? Buffer.alloc(0)
  hub.answer = ({ url = '' }, response) => {
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
  hub.answer = ({ url = '' }, response) => {
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
  hub.answer = (_, response) => {
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
