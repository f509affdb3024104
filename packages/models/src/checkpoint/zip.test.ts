import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Bytes, memoryBytes } from './bytes.ts'
import { openCheckpoint } from './open.ts'
import { openZip } from './zip.ts'

/** Bytes of which only some places are not zero: an archive of any size without its content. */
function sparse(size: number, pieces: ReadonlyMap<number, Uint8Array>): Bytes {
  return {
    name: 'sparse.zip',
    size,
    async read(offset, length) {
      const out = new Uint8Array(length)
      for (const [start, piece] of pieces)
        for (let i = 0; i < piece.length; i++)
          if (start + i >= offset && start + i < offset + length) out[start + i - offset] = piece[i] ?? 0
      return out
    },
  }
}

function record(
  size: number,
  fields: readonly (readonly [offset: number, bytes: 2 | 4 | 8, value: number])[],
): Uint8Array {
  const view = new DataView(new ArrayBuffer(size))
  for (const [offset, bytes, value] of fields)
    if (bytes === 8) view.setBigUint64(offset, BigInt(value), true)
    else if (bytes === 4) view.setUint32(offset, value, true)
    else view.setUint16(offset, value, true)
  return new Uint8Array(view.buffer)
}

const NAME = new TextEncoder().encode('m/data/0')
const FULL = 0xffffffff

test('an entry beyond 4 GB is found by its sizes in 64 bits', async () => {
  const [header, length] = [5e9, 6e9]
  const directory = header + 30 + NAME.length + length
  const central = 46 + NAME.length + 28
  const end64 = directory + central
  const pieces = new Map([
    [
      header,
      record(30, [
        [0, 4, 0x04034b50],
        [26, 2, NAME.length],
      ]),
    ],
    [
      directory,
      record(46, [
        [0, 4, 0x02014b50],
        [20, 4, FULL],
        [24, 4, FULL],
        [28, 2, NAME.length],
        [30, 2, 28],
        [42, 4, FULL],
      ]),
    ],
    [directory + 46, NAME],
    [
      directory + 46 + NAME.length,
      record(28, [
        [0, 2, 1],
        [2, 2, 24],
        [4, 8, length],
        [12, 8, length],
        [20, 8, header],
      ]),
    ],
    [
      end64,
      record(56, [
        [0, 4, 0x06064b50],
        [32, 8, 1],
        [40, 8, central],
        [48, 8, directory],
      ]),
    ],
    [
      end64 + 56,
      record(20, [
        [0, 4, 0x07064b50],
        [8, 8, end64],
      ]),
    ],
    [
      end64 + 76,
      record(22, [
        [0, 4, 0x06054b50],
        [10, 2, 1],
        [12, 4, central],
        [16, 4, FULL],
      ]),
    ],
  ])
  assert.deepEqual(
    await openZip(sparse(end64 + 98, pieces)),
    new Map([['m/data/0', { offset: header + 38, length, stored: true }]]),
  )
})

/** An archive of empty entries. */
function archive(...names: readonly string[]): Uint8Array {
  const texts = names.map(name => new TextEncoder().encode(name))
  const local = texts.map(name => [
    ...record(30, [
      [0, 4, 0x04034b50],
      [26, 2, name.length],
    ]),
    ...name,
  ])
  const offsets = local.map((_, i) => local.slice(0, i).flat().length)
  const central = texts.flatMap((name, i) => [
    ...record(46, [
      [0, 4, 0x02014b50],
      [28, 2, name.length],
      [42, 4, offsets[i] ?? 0],
    ]),
    ...name,
  ])
  const end = record(22, [
    [0, 4, 0x06054b50],
    [10, 2, names.length],
    [12, 4, central.length],
    [16, 4, local.flat().length],
  ])
  return Uint8Array.from([...local.flat(), ...central, ...end])
}

const FOREIGN: readonly (readonly [names: readonly string[], message: RegExp])[] = [
  [['a.npy', 'b.npy'], /got NumPy arrays \(\.npz\), as JAX publishes its ViTs/],
  [['best.pth'], /got a zip archive with best\.pth in it\. Unpack it first/],
  [['word/document.xml'], /got a zip archive with word\/document\.xml/],
  [['m/data.pkl', 'm/data.pkl'], /m\/data\.pkl is there twice/],
]

for (const [names, message] of FOREIGN)
  test(`an archive of ${names.join(' and ')} is refused`, () =>
    assert.rejects(openCheckpoint(memoryBytes('weights', archive(...names))), { name: 'ModelError', message }))
