import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openModel, openSafetensors } from '../index.ts'

// Files and names that were made to harm, or that are no files. Each ends in a ModelError of a few lines, in two seconds of a processor and a fraction of a GB.

const temporary = (): string => mkdtempSync(join(tmpdir(), 'vitrine-hostile-'))
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))

async function isRefused(spec: string, message: RegExp): Promise<void> {
  const start = process.cpuUsage()
  await assert.rejects(openModel(spec), (error: Error) => {
    assert.equal(error.name, 'ModelError')
    assert.match(error.message, message)
    assert.ok(error.message.length < 1000, `a message of ${error.message.length} characters`)
    return true
  })
  const { user, system } = process.cpuUsage(start)
  assert.ok(user + system < 2e6, `${user + system} µs`)
}

function written(name: string, content: string | Uint8Array): string {
  const path = join(temporary(), name)
  writeFileSync(path, content)
  return path
}

/** A legacy file of torch.save whose saved value is what the given operations make. */
const legacy = (operations: string): Uint8Array =>
  Buffer.from(`\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.M\xe9\x03.}.${operations}.].`, 'latin1')

const byte = (n: number): string => String.fromCharCode(n)
/** Remembers `start` as 0 and makes each next one of the one before; none stays on the stack. */
const doublings = (start: string, pair: (index: number) => string, count: number): string =>
  `${start}q\x000${Array.from({ length: count }, (_, i) => `${pair(i)}q${byte(i + 1)}0`).join('')}`

const PICKLES: Readonly<Record<string, readonly [operations: string, message: RegExp]>> = {
  'a key of tuples that doubles 40 times': [
    `${doublings(')', i => `h${byte(i)}h${byte(i)}\x86`, 40)}}h${byte(40)}K\x01s`,
    /expected tensors by name, got keys a list or tuple/,
  ],
  'a key of 200,000 tuples in each other': [`})${'\x85'.repeat(200_000)}K\x01s`, /got keys a list or tuple/],
  'dictionaries that double 40 times': [
    `${doublings('}', i => `}(X\x01\0\0\0ah${byte(i)}X\x01\0\0\0bh${byte(i)}u`, 40)}h${byte(40)}`,
    /expected tensors by name/,
  ],
  'a list in itself': [']q\0h\0a', /expected tensors by name, got a list/],
  'two million dictionaries': ['}'.repeat(2_000_000), /more than 1000000 lists, dictionaries and objects/],
  'four million numbers': ['N0'.repeat(2_000_000), /more than 3000000 operations/],
  'a function of the system': ['cposix\nsystem\nX\x02\0\0\0id\x85R', /refuses "posix\.system"/],
  'the name of a property of all objects': ['c__proto__\nconstructor\n)R', /refuses "__proto__\.constructor"/],
  'a NumPy array of 4 bytes and a great shape': [
    '}X\x01\0\0\0acnumpy.core.multiarray\n_reconstruct\n)RK\x01J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86cnumpy\ndtype\nX\x02\0\0\0f4\x85R\x89C\x04\0\0\0\0(1(K\x01J\xff\xff\xff\x7f\x85cnumpy\ndtype\nX\x02\0\0\0f4\x85R\x89C\x04\0\0\0\0tbs',
    /4 bytes do not hold F32|expected/,
  ],
}

for (const [what, [operations, message]] of Object.entries(PICKLES))
  test(`a pickle with ${what} is refused`, () => isRefused(written('weights.pth', legacy(operations)), message))

/** A safetensors file of a header, as text, and some bytes. */
function safetensors(header: string, data = 8): Uint8Array {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(data)])
}

const entry = (start: number, end: number): string =>
  `{"dtype":"F32","shape":[${(end - start) / 4}],"data_offsets":[${start},${end}]}`

const HEADERS: Readonly<Record<string, readonly [header: string, message: RegExp]>> = {
  'two tensors at one place': [`{"a":${entry(0, 8)},"b":${entry(4, 8)}}`, /b and a overlap/],
  'a key twice': [`{"a":${entry(0, 4)},"b":${entry(4, 8)},"a":${entry(0, 4)}}`, /names a twice/],
  'a key twice, once escaped': [`{"a":${entry(0, 4)},"b":${entry(4, 8)},"\\u0061":${entry(0, 4)}}`, /names a twice/],
  'a hole': [`{"a":${entry(0, 0)},"b":${entry(4, 8)}}`, /4 bytes before b belong to no tensor/],
  'bytes behind the tensors': [`{"a":${entry(0, 4)}}`, /4 bytes behind a belong to no tensor/],
  'an entry nested 500,000 deep': [
    `{"a":{"dtype":"F32","shape":${'['.repeat(500_000)}${']'.repeat(500_000)}}}`,
    /a: expected dtype, shape/,
  ],
  'a type that is a property of all objects': [
    `{"a":{"dtype":"constructor","shape":[2],"data_offsets":[0,8]}}`,
    /constructor/,
  ],
  'a type that is not read': [`{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}`, /F8_E4M3/],
  'a great shape': [
    `{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}`,
    /do not hold/,
  ],
  'a name of a million letters': [`{"${'x'.repeat(1_000_000)}":${entry(0, 8)}}`, /expected patch_embed/],
  'the name of a prototype': [`{"__proto__":${entry(0, 8)}}`, /got __proto__/],
}

for (const [what, [header, message]] of Object.entries(HEADERS))
  test(`safetensors with ${what} are refused`, () =>
    isRefused(written('weights.safetensors', safetensors(header)), message))

for (const [what, change] of [
  ['a billion blocks', { depth: 1e9 }],
  ['pictures of a billion pixels', { image_size: 1e9 }],
  ['a billion classes', { num_classes: 1e9 }],
  ['heads that are no number', { num_heads: {} }],
  ['a fraction of a block', { depth: 0.5 }],
  ['half a head', { num_heads: 1.5 }],
  ['no standard deviation', { std: [0, 0, 0] }],
] as const)
  test(`a config.json with ${what} is refused`, () => {
    const folder = temporary()
    cpSync(fixture('tiny/model.safetensors'), join(folder, 'model.safetensors'))
    const config = JSON.parse(readFileSync(fixture('tiny/config.json'), 'utf8'))
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...change }))
    return isRefused(folder, /expected|missing/)
  })

test('a size beyond the limit is refused with the limit', () =>
  isRefused('icon-vit[size=100000]', /expected at most 16384 patches, got 6250 x 6250/))

for (const name of ['constructor', '__proto__', 'toString'])
  test(`"${name}" is an unknown model`, () => isRefused(name, /unknown model/))

test('a pipe is not waited for', async () => {
  const folder = temporary()
  const pipe = join(folder, 'weights.pth')
  execFileSync('mkfifo', [pipe])
  await isRefused(pipe, /expected a file, got a pipe/)
  await isRefused(folder, /expected a file, got a pipe/)
})

test('a pipe beside the weights is not waited for', async () => {
  const folder = temporary()
  cpSync(fixture('tiny/model.safetensors'), join(folder, 'model.safetensors'))
  execFileSync('mkfifo', [join(folder, 'config.json')])
  await isRefused(folder, /expected a file, got a pipe/)
})

test('a device is refused', () => isRefused('/dev/zero', /expected a file, got a device/))

test('a file that changes while it is open is an error, and a new one gives its own bytes', () => {
  const path = written('weights.safetensors', safetensors(`{"a":${entry(0, 8)}}`))
  const opened = openSafetensors(path)
  const changed = safetensors(`{"a":${entry(0, 8)}}`)
  changed[changed.length - 1] = 0x40
  writeFileSync(path, changed)
  assert.throws(() => opened.read('a'), { name: 'ModelError', message: /has changed since it was opened/ })
  assert.deepEqual(openSafetensors(path).read('a'), Float32Array.of(0, 2))
})
