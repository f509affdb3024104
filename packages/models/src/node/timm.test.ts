import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { input, interpret, program } from '@vitrine/tensor'
import { resizePositions } from '../checkpoint/positions.ts'
import { openModel } from '../index.ts'
import { largestDifference } from '../testing.ts'
import { openSafetensors } from './tensor-file.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))
const expected = openSafetensors(fixture('timm/expected.safetensors'))

async function logitsOf(spec: string, image: string): Promise<ArrayLike<number>> {
  const { transformer, weights } = await openModel(spec)
  const shape = expected.shape(image)
  const { logits } = transformer.trace(input('image', shape))
  const given = { image: { shape, data: expected.read(image) } }
  return interpret(program({ logits }), given, weights.get).logits?.data ?? []
}

const variants = readdirSync(fixture('timm'), { withFileTypes: true }).filter(entry => entry.isDirectory())

for (const { name } of variants)
  test(`${name}, 4 x 6 patches: logits are timm's`, async () => {
    const found = await logitsOf(fixture(`timm/${name}`), 'image')
    assert.ok(largestDifference(found, expected.read(name)) < 2e-5)
  })

for (const size of ['16x32', '64x96'])
  test(`positions for images of ${size} are interpolated as timm does`, async () => {
    const found = await logitsOf(`${fixture('timm/token')}[size=${size}]`, `image@${size}`)
    assert.ok(largestDifference(found, expected.read(`token@${size}`)) < 2e-5)
  })

const positions = openSafetensors(fixture('positions.safetensors'))

for (const name of positions.names.filter(name => name !== 'positions'))
  test(`positions of 5 x 5 patches, ${name}, are PyTorch's`, () => {
    const [way, size] = name.split(' ')
    const [rows = 0, columns = 0] = (size ?? '').split('x').map(Number)
    const grid = { rows: 5, columns: 5 }
    const interpolation = way === 'plain' ? 'plain' : 'antialiased'
    const found = resizePositions(positions.read('positions'), 1, grid, { rows, columns }, interpolation)
    assert.ok(largestDifference(found, positions.read(name)) < 5e-6)
  })
