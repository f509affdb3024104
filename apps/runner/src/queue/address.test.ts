import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../cli/arguments.ts'
import { readAddress } from './address.ts'

test('an address has its parts for the connection, and is shown without user and password', () => {
  const { shown, options } = readAddress('rediss://me:p%40ss@[::1]:6380/2')
  assert.equal(shown, 'rediss://[::1]:6380/2')
  const { host, port, db, username, password, tls } = options
  assert.deepEqual(
    { host, port, db, username, password, tls },
    {
      ...{ host: '::1', port: 6380, db: 2, username: 'me', password: 'p@ss', tls: {} },
    },
  )
})

test('port 6379, database 0 and no TLS are meant where nothing is said', () => {
  const { shown, options } = readAddress('redis://host')
  assert.equal(shown, 'redis://host:6379')
  assert.deepEqual([options.port, options.db, options.tls, options.password], [6379, 0, undefined, undefined])
})

for (const text of [
  '',
  'host:6379',
  'http://:secret@host',
  'redis://:secret@',
  'redis://:secret@host/x',
  'redis://:secret@host?a=b',
])
  test(`"${text}" is refused without being repeated`, () => {
    const message = (error: Error) => error instanceof UsageError && !error.message.includes('secret')
    assert.throws(() => readAddress(text), message)
  })
