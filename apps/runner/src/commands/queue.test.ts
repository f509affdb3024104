import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import sharp from 'sharp'
import { noRedis, startRedis } from '../queue/testing-redis.ts'
import { badMethod, everythingOf, newFolder, type Running, run, start, until } from '../sweep/testing-bench.ts'

// The command line with a queue: processes as users start them.

const options = { skip: noRedis, timeout: 600_000 }

const sweep =
  'bench --backends onnx:cpu --datasets icon-scenes --protocols standard --methods random,agcam --images 8 --batch 2 --rounds 1 --threads 2'.split(
    ' ',
  )

const workers: Running[] = []
afterEach(() => {
  for (const one of workers.splice(0)) one.kill('SIGKILL')
})

function begin(args: readonly string[], url: string): Running {
  const common = ['work', '--queue', '--backends', 'onnx:cpu', '--threads', '2', '--lock', '3']
  const worker = start([...common, ...args], { VITRINE_QUEUE: url })
  workers.push(worker)
  return worker
}

/** Every byte below a folder. */
const bytesBelow = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name))
    .filter(file => statSync(file).isFile())
    .map(file => readFileSync(file, 'latin1'))
    .join('\n')

test(
  'two workers make the records of one process to the last bit, though one is killed; no password is told',
  options,
  async () => {
    const password = 'open-sesame-7'
    await using redis = await startRedis({ password })
    const [alone, out] = [newFolder(), newFolder()]
    const [first, second] = [begin(['--concurrency', '1'], redis.url), begin(['--concurrency', '1'], redis.url)]
    const bench = start([...sweep, '--out', out, '--queue', redis.url, '--progress', 'json'])
    await until('an image is measured', () => /"done":[1-9]/.test(bench.stderr) || bench.stderr.includes('"rounds"'))
    first.kill('SIGKILL')
    const { code, stderr, stdout } = await bench.finished
    assert.equal(code, 0, stderr)
    for (const line of stderr.trim().split('\n')) JSON.parse(line)
    assert.equal((await run([...sweep, '--out', alone])).code, 0)
    assert.deepEqual(everythingOf(out), everythingOf(alone))

    const status = await run(['queue', 'status', '--json', '--queue', redis.url])
    const { queues, workers: there } = JSON.parse(status.stdout)
    assert.deepEqual(queues, [
      { engine: 'onnx:cpu', latest: [], paused: false, waiting: 0, active: 0, done: 0, parked: 0 },
    ])
    assert.ok(there.length >= 1)
    second.kill('SIGTERM')
    const ended = await Promise.all([first.finished, second.finished])
    assert.equal(ended[1].code, 0)
    const said = [
      stderr,
      stdout,
      status.stdout,
      status.stderr,
      ...ended.flatMap(one => [one.stderr, one.stdout]),
    ].join()
    assert.ok(!said.includes(password))
    assert.ok(!bytesBelow(out).includes(password))
  },
)

test('a wrong password and a queue that is not there are told without the password', options, async () => {
  await using redis = await startRedis({ password: 'right' })
  const wrong = await run([...sweep, '--out', newFolder(), '--queue', redis.url.replace('right', 'wr0ng')])
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /expected a Redis or Valkey that takes this user and password, found: WRONGPASS/)
  assert.ok(!wrong.stderr.includes('wr0ng'))
  const nowhere = await run(['queue', 'status', '--queue', 'redis://:s3cret@127.0.0.1:1'])
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.stderr, /redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/)
  assert.ok(!nowhere.stderr.includes('s3cret'))
  const other = await run(['queue', 'status', '--queue', 'http://:s3cret@127.0.0.1'])
  assert.equal(other.code, 2)
  assert.ok(!other.stderr.includes('s3cret'))
})

test('a queue is reached over TLS, and not where its certificate is unknown', options, async () => {
  const folder = newFolder()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -keyout ${key} -out ${cert} -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  )
  await using redis = await startRedis({ password: 'right', tls: { key, cert, ca: cert } })
  const known = await run(['queue', 'pause', '--queue', redis.url], { NODE_EXTRA_CA_CERTS: cert })
  assert.deepEqual([known.code, known.stdout], [0, '0 engines paused\n'], known.stderr)
  const unknown = await run(['queue', 'pause', '--queue', redis.url])
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /self-signed certificate/)
})

test(
  'a worker says where its data is; other data, and code without leave, are refused with what was expected and found',
  options,
  async () => {
    await using redis = await startRedis()
    const [folder, out] = [newFolder(), newFolder()]
    const [here, there, other] = ['here', 'there', 'other'].map(name => join(folder, name, 'pictures'))
    assert.ok(here && there && other)
    mkdirSync(join(here, 'sailboat'), { recursive: true })
    for (const [i, background] of ['#204060', '#a02010'].entries())
      await sharp({ create: { width: 64, height: 64, channels: 3, background } })
        .png()
        .toFile(join(here, 'sailboat', `${i}.png`))
    cpSync(here, there, { recursive: true })
    cpSync(here, other, { recursive: true })
    cpSync(join(other, 'sailboat', '0.png'), join(other, 'sailboat', '1.png'))
    const mine = badMethod(folder, 'mine', '')
    const id = 'folder-pictures'
    begin(['--roots', `${id}=${there}`], redis.url)
    begin(['--allow-code', '--roots', `${id}=${other}`], redis.url)
    begin(['--allow-code'], redis.url)
    const bench = start(
      `bench --backends onnx:cpu --datasets folder:${here} --protocols paper --methods mine --explainer ${mine} --images 2 --batch 1 --rounds 1 --out ${out} --queue ${redis.url}`.split(
        ' ',
      ),
    )
    await until(
      'all three refuse',
      () => {
        const hashes = /refuses: dataset folder-pictures at .*: expected the hash [0-9a-f]{64}, found [0-9a-f]{64}/
        const root = /refuses: the dataset folder-pictures: expected a worker with --roots folder-pictures=PATH/
        const leave = /refuses: a method, metric or kind of dataset of its own: expected a worker with --allow-code/
        return [hashes, root, leave].every(one => one.test(bench.stderr))
      },
      120,
    )
    begin(['--allow-code', '--roots', `${id}=${there}`], redis.url)
    const { code, stderr } = await bench.finished
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      everythingOf(out).map(({ status, images }) => [status, images.id.length]),
      [['ok', 2]],
    )
  },
)
