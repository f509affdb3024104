import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocols } from '../protocols.ts'
import { type IllustratedRecord, type PatternId, patterns, worstImages } from './patterns.ts'

const diagnostics = { ...protocols.standard.diagnostics, paths: [{ kind: 'blur', steps: [4, 12] }] }
const record: IllustratedRecord = {
  thresholds: [0.1, 0.5],
  protocol: { choices: { ...protocols.standard, diagnostics } },
  images: { id: ['a', 'b', 'c'], label: [0, 1, 1], predicted: [0, 0, 1] },
  columns: {
    correct: [true, false, true],
    'texture.predicted.state': ['ok', 'flat', 'ok'],
    'texture.predicted.background-edges': [0.25, null, 0.7],
    'diffusion.predicted.state': ['ok', 'ok', 'ok'],
    'diffusion.predicted.outside-mass': [0.6, 0.9, 0.3],
    'diffusion.predicted.effective-area': [0.4, 0.5, 0.2],
    'discrimination.label.state': ['ok', 'ok', 'ok'],
    'discrimination.label.mass-difference': [0.3, -0.12, 0],
    'frozen.predicted.state': ['ok', 'ok', 'ok'],
    'frozen.predicted.probability': [
      [0.9, 0.8, 0.1],
      [0.9, 0.4, 0.02],
      [0.9, 0.9, 0.9],
    ],
    'frozen.predicted.similarity': [
      [1, 0.99, 0.4],
      [1, 0.97, 0.5],
      [1, 1, 1],
    ],
    'localization.predicted.state': ['ok', 'ok', 'ok'],
    'localization.predicted.tp': [
      [60, 10],
      [50, 40],
      [50, 50],
    ],
    'localization.predicted.fp': [
      [40, 90],
      [50, 60],
      [50, 50],
    ],
    'localization.predicted.fn': [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    'localization.predicted.tn': [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },
}
const worst = (id: PatternId, count = 3) => {
  const pattern = patterns.find(p => p.id === id) ?? assert.fail()
  return worstImages(pattern, [record], count, label => ['cat', 'bus'][label] ?? '?')
}

test('the worst images come first, and those without a number not at all', () => {
  assert.deepEqual(
    worst('texture').map(({ image, value }) => [image, value]),
    [
      [2, 0.7],
      [0, 0.25],
    ],
  )
  assert.deepEqual(
    worst('discrimination').map(({ image }) => image),
    [1, 2, 0],
  )
  assert.deepEqual(
    worst('threshold', 1).map(({ image }) => image),
    [0],
  )
})

test('a frozen map is shown at the step where confidence has fallen and the map has changed least', () => {
  const [first, second] = worst('frozen')
  assert.deepEqual([first?.image, first?.value, first?.step], [1, 0.97, { kind: 'blur', amount: 4 }])
  assert.deepEqual([second?.image, second?.value, second?.step], [0, 0.4, { kind: 'blur', amount: 12 }])
  assert.equal(worst('frozen').length, 2)
})

test('each sentence says what to see', () => {
  const first = (id: PatternId) => worst(id)[0]?.sentence
  assert.equal(
    first('texture'),
    'Where the object is not, the map still follows the edges of the image (rank correlation 0.70).',
  )
  assert.equal(
    first('diffusion'),
    '90 % of the mass lies outside the object; 90 % of it takes 50 % of the image. The model says cat.',
  )
  assert.equal(
    first('frozen'),
    'A blur of 4 pixels takes the confidence in cat from 0.90 to 0.40; the map stays the same (rank correlation 0.97).',
  )
  assert.equal(
    first('discrimination'),
    'Asked for the bus and for the other object in turn, the map has on average 12 % less of its mass in the asked one than in the other. The model says cat.',
  )
  assert.equal(first('threshold'), 'Cut at 0.5, the map finds the object with an IoU of 0.10; cut at 0.1, with 0.60.')
})

test("the share that a sentence names is the protocol's", () => {
  const half = {
    ...record,
    protocol: { choices: { ...protocols.standard, diagnostics: { ...diagnostics, massHeld: 0.5 } } },
  }
  const pattern = patterns.find(p => p.id === 'diffusion') ?? assert.fail()
  assert.match(worstImages(pattern, [half], 1, String)[0]?.sentence ?? '', /; 50 % of it takes 50 % of the image/)
})
