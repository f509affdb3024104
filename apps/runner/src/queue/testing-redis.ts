import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

// A Redis of a test's own, on a free port of the loopback interface.

const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server'

/** Why tests of the queue are skipped, if they are. */
export const noRedis: string | false =
  spawnSync(PROGRAM, ['--version']).status === 0
    ? false
    : 'needs redis-server (Debian: apt-get install redis-server), in the PATH or where REDIS_SERVER says'

export interface RedisOptions {
  /** A file of everything that was written, from which it starts again. */
  readonly file?: boolean
  readonly password?: string
  /** Files of a certificate: answers to TLS alone. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string }
  /** Further settings. */
  readonly settings?: readonly string[]
}

export interface TestRedis extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** Ends it as a power cut does, and starts it again with what its file holds. */
  restart(): Promise<void>
}

const servers = new Set<ChildProcess>()
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL')
})

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

export async function startRedis({
  file = false,
  password,
  tls,
  settings = [],
}: RedisOptions = {}): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-redis-'))
  const port = await freePort()
  const args = [
    ...(tls ? ['--port', '0', '--tls-port', `${port}`] : ['--port', `${port}`]),
    ...(tls ? ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca] : []),
    ...(tls ? ['--tls-auth-clients', 'no'] : []),
    ...['--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...(file ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []),
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...settings,
  ]
  let server: ChildProcess

  async function begin(): Promise<void> {
    server = spawn(PROGRAM, args, { stdio: 'ignore' })
    servers.add(server)
    const probe = new Redis({
      ...{ host: '127.0.0.1', port, retryStrategy: () => 50, maxRetriesPerRequest: 600 },
      ...(password !== undefined && { password }),
      ...(tls && { tls: { rejectUnauthorized: false } }),
    })
    probe.on('error', () => {})
    await probe.ping()
    probe.disconnect()
  }

  const end = (): Promise<void> =>
    new Promise(resolve => {
      servers.delete(server)
      server.once('exit', () => resolve())
      server.kill('SIGKILL')
    })

  await begin()
  const secret = password === undefined ? '' : `:${password}@`
  return {
    url: `${tls ? 'rediss' : 'redis'}://${secret}127.0.0.1:${port}`,
    port,
    async restart() {
      await end()
      await begin()
    },
    async [Symbol.asyncDispose]() {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
