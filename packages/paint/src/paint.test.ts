import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserBundle } from '@vitrine/tensor/testing'
import { legendFor, legends } from './legend.ts'
import { mapPaint, painted, paintedAroundZero } from './painted.ts'
import { blend, type Colour, colourAt, cssGradient, hues, ramps } from './ramps.ts'

const signed = { signed: true, scale: 'relative' } as const
const plain = { signed: false, scale: 'relative' } as const

test('a signed map of both signs is painted around zero', () => {
  const { at, ramp, ends } = painted([-1, 0, 2], signed)
  assert.deepEqual([...at], [0.25, 0.5, 1])
  assert.equal(ramp, 'diverging')
  assert.deepEqual(ends, [-2, 2])
})

test('a signed map of one sign is painted from its least value to its greatest', () => {
  const { at, ramp, ends } = painted([2, 3, 4], signed)
  assert.deepEqual([...at], [0, 0.5, 1])
  assert.equal(ramp, 'sequential')
  assert.deepEqual(ends, [2, 4])
})

test('a map of a method without a sign is painted from least to greatest, whatever its values', () => {
  assert.equal(painted([-1, 0, 2], plain).ramp, 'sequential')
})

test('a unit map is painted as it is, a constant one too', () => {
  assert.deepEqual([...painted([0.25, 0.5], { signed: false, scale: 'unit' }).at], [0.25, 0.5])
  assert.deepEqual([...painted([1, 1], plain).at], [1, 1])
})

test('a difference of nothing but zeros is clear', () => {
  const { at, ramp } = paintedAroundZero([0, 0], 0)
  assert.deepEqual(
    [...at].map(position => colourAt(position, ramp)[3]),
    [0, 0],
  )
})

test('only a method that says so has signed maps', () => {
  assert.deepEqual(mapPaint(undefined), plain)
  assert.deepEqual(mapPaint({ signed: 'yes', scale: 'other' }), plain)
  assert.deepEqual(mapPaint({ signed: true, scale: 'unit' }), { signed: true, scale: 'unit' })
})

test('evidence for is orange, evidence against purple, and zero is clear', () => {
  const [strongestFor, strongestAgainst, zero] = [1, 0, 0.5].map(position => colourAt(position, 'diverging'))
  assert.deepEqual(strongestFor, [188, 62, 2, 235])
  assert.deepEqual(strongestAgainst, [83, 38, 143, 235])
  assert.equal(zero?.[3], 0)
  assert.deepEqual(hues, { for: 'orange', against: 'purple' })
})

test('the sequential ramp is the half of evidence for: clear at the least, the same orange at the most', () => {
  assert.equal(colourAt(0, 'sequential')[3], 0)
  for (const strength of [0.25, 0.5, 1])
    assert.deepEqual(colourAt(strength, 'sequential'), colourAt(0.5 + strength / 2, 'diverging'))
})

// Machado, Oliveira & Fernandes 2009, severity 1, on linear RGB.
const vision = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const

const linear = (byte: number) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4)

/** CIE L*a*b* of an sRGB colour as an eye sees it. */
function lab(rgb: readonly number[], eye: keyof typeof vision): [number, number, number] {
  const source = rgb.map(linear)
  const seen = [0, 1, 2].map(row =>
    Math.min(
      1,
      Math.max(
        0,
        source.reduce((sum, v, k) => sum + v * (vision[eye][3 * row + k] ?? 0), 0),
      ),
    ),
  )
  const xyz = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339, 0.119192, 0.9503041],
  ].map(row => row.reduce((sum, weight, k) => sum + weight * (seen[k] ?? 0), 0))
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29)
  const [x = 0, y = 0, z = 0] = xyz.map((v, k) => f(v / ([0.95047, 1, 1.08883][k] ?? 1)))
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

const distance = (a: readonly number[], b: readonly number[], eye: keyof typeof vision) =>
  Math.hypot(...lab(a, eye).map((v, k) => v - (lab(b, eye)[k] ?? 0)))

/** A just noticeable difference in L*a*b* (Mahy, Van Eycken & Oosterlinck 1994). */
const NOTICEABLE = 2.3

const greys = [0, 64, 128, 192, 255].map(v => [v, v, v] as const)

for (const eye of Object.keys(vision) as (keyof typeof vision)[]) {
  test(`over any grey, ${eye === 'all' ? 'everybody' : `a reader with ${eye}`} tells for from against, and strong evidence from none`, () => {
    for (const grey of greys) {
      for (const strength of [0.5, 0.75, 1]) {
        const both = [0.5 - strength / 2, 0.5 + strength / 2].map(position =>
          blend(grey, colourAt(position, 'diverging')),
        )
        const [against = [], support = []] = both
        assert.ok(
          distance(against, support, eye) > 6 * NOTICEABLE,
          `${grey[0]} at ${strength}: ${distance(against, support, eye)}`,
        )
        for (const colour of both)
          assert.ok(distance(colour, grey, eye) > 2 * NOTICEABLE, `${grey[0]} at ${strength}: ${colour}`)
      }
    }
  })
}

test('stronger evidence is never closer to the image', () => {
  for (const grey of greys) {
    const sizes = ramps.sequential.map((colour: Colour) => distance(blend(grey, colour), grey, 'all'))
    for (const [i, size] of sizes.entries())
      if (i > 0) assert.ok(size >= (sizes[i - 1] ?? 0) - 0.7, `${grey[0]}: step ${i}`)
  }
})

test('legends name the hues at the ends where the ramps have them', () => {
  assert.deepEqual(
    legendFor(['diverging', 'sequential', 'diverging']).map(({ ramp }) => ramp),
    ['sequential', 'diverging'],
  )
  assert.match(legends.diverging.low, /against \(purple\)/)
  assert.match(legends.diverging.high, /for \(orange\)/)
  assert.match(cssGradient('diverging'), /^linear-gradient\(to right, rgb\(83 38 143 .*rgb\(188 62 2 \/ 0\.922\)\)$/)
})

test('the package runs in a browser', async () => {
  const { bytes } = await browserBundle(import.meta.resolve('@vitrine/paint'))
  assert.ok(bytes > 1000, `${bytes} bytes`)
})
