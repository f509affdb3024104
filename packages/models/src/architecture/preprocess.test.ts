import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fitPicture, placementOf } from './preprocess.ts'

interface Case {
  readonly width: number
  readonly height: number
  readonly data: number[]
  readonly shortest: number[]
  readonly squash: number[]
}

const { size, resize, cases }: { size: number; resize: number; cases: Case[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/fit.json', import.meta.url), 'utf8'),
)
const model = { height: size, width: size }
const fit = { size: { height: resize, width: resize }, filter: 'bicubic', margin: 'half-even' } as const

for (const { width, height, data, ...expected } of cases) {
  const picture = { width, height, data: Uint8Array.from(data) }

  test(`${width} x ${height}, shortest edge and centre crop, is torchvision's to the last bit`, () => {
    assert.deepEqual([...fitPicture({ ...fit, mode: 'shortest-edge' }, model, picture).data], expected.shortest)
  })

  test(`${width} x ${height}, squashed and cropped, is torchvision's to the last bit`, () => {
    assert.deepEqual([...fitPicture({ ...fit, mode: 'squash' }, model, picture).data], expected.squash)
  })
}

test('a picture smaller than the model is set in black', () => {
  const white = { width: 2, height: 2, data: new Uint8Array(12).fill(255) }
  const small = { mode: 'squash', size: { height: 2, width: 2 }, filter: 'bilinear', margin: 'down' } as const
  const { data } = fitPicture(small, { height: 4, width: 4 }, white)
  assert.deepEqual(
    Array.from({ length: 16 }, (_, i) => data[3 * i]),
    [0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0],
  )
})

test('DINOv2: 640 x 480 is resized to 341 x 256 and its centre cut out', () => {
  const dinov2 = { ...fit, mode: 'shortest-edge', size: { height: 256, width: 256 }, margin: 'down' } as const
  assert.deepEqual(placementOf(dinov2, { height: 224, width: 224 }, { height: 480, width: 640 }), {
    resized: { height: 256, width: 341 },
    left: 58,
    top: 16,
  })
})
