import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constant, type HostTensor, interpret, program } from '@vitrine/tensor'
import { type AddedHead, linearHead, textHead } from './added-head.ts'
import { memoryBytes } from './bytes.ts'
import { readArray } from './checkpoint.ts'
import { openSafetensors } from './safetensors.ts'

/** A safetensors file of float32 arrays, made by hand. */
function file(arrays: Readonly<Record<string, readonly [readonly number[], readonly number[]]>>, metadata = {}) {
  let end = 0
  const entries = Object.entries(arrays).map(([name, [shape, values]]) => {
    const start = end
    end += 4 * values.length
    return [name, { dtype: 'F32', shape, data_offsets: [start, end] }]
  })
  const header = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  const data = Buffer.from(Float32Array.from(Object.values(arrays).flatMap(([, values]) => values)).buffer)
  return openSafetensors(memoryBytes('head.safetensors', Uint8Array.from(Buffer.concat([length, header, data])).buffer))
}

async function logitsOf(head: AddedHead, features: readonly number[]): Promise<number[]> {
  const arrays = new Map<string, HostTensor>()
  for (const [name, array] of head.arrays) arrays.set(name, { shape: array.shape, data: await readArray(array) })
  const logits = head.classify(constant(features, [1, features.length]))
  const { found } = interpret(program({ found: logits }), {}, name => arrays.get(name) ?? assert.fail(name))
  return [...(found?.data ?? [])]
}

test('a linear head multiplies and adds its bias', async () => {
  const head = linearHead(
    await file({
      'fc.weight': [
        [2, 3],
        [1, 2, 3, -1, 0, 1],
      ],
      'fc.bias': [[2], [0.5, -2]],
    }),
  )
  assert.deepEqual([head.classes, head.features], [2, 3])
  assert.deepEqual(await logitsOf(head, [1, 1, 2]), [9.5, -1])
})

test('texts make logits that are cosines times the scale, whatever the length of either embedding', async () => {
  const matrix = [
    [2, 2],
    [3, 4, 0, -7],
  ] as const
  const head = textHead(await file({ texts: matrix }, { names: 'cat\ndog', scale: '50' }))
  assert.deepEqual(head.classNames?.value, ['cat', 'dog'])
  assert.ok(head.facts.every(fact => fact.caution === undefined))
  // Angles to [3, 4] and [0, -1] of [4, 3], which has the length 5.
  const expected = [50 * ((3 * 4 + 4 * 3) / 25), 50 * (-3 / 5)]
  for (const features of [
    [4, 3],
    [0.4, 0.3],
  ])
    (await logitsOf(head, features)).forEach((x, i) => {
      assert.ok(Math.abs(x - (expected[i] ?? Number.NaN)) < 1e-5)
    })
})

test('a scale that no file says is told as an assumption', async () => {
  const { facts } = textHead(
    await file({
      texts: [
        [1, 2],
        [1, 0],
      ],
    }),
  )
  assert.match(facts.find(({ what }) => what === 'scale')?.caution ?? '', /assumed to be 100: .*probabilities are not/)
})

test('a file that is no matrix of texts is refused', async () => {
  const vector = await file({ a: [[2], [1, 2]] })
  const two = await file({ a: [[1, 1], [1]], b: [[1, 1], [1]] })
  for (const other of [vector, two])
    assert.throws(() => textHead(other), {
      name: 'ModelError',
      message: /expected one matrix with an embedding of each/,
    })
  const wrong = await file({ texts: [[1, 1], [1]] }, { scale: 'warm' })
  assert.throws(() => textHead(wrong), /scale: expected a positive number, got "warm"/)
})
