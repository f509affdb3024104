import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Protocol, protocols } from '@vitrine/metrics'
import { openIconRun, unitOf } from './testing/icon-run.ts'

const { run, scenes, ...opened } = await openIconRun('icon-scenes-pairs', { batch: 2, threads: 2 })

const removals: Protocol = {
  ...protocols.standard,
  id: 'removals',
  effects: { targets: ['predicted', 'label'], images: 'all', grid: 4, shares: [0.2, 0.5], fidelity: 0.2, draws: 8 },
  coherence: { targets: ['predicted'], images: 'all', groups: 10 },
}

async function rowsOf(
  methods: readonly string[],
  groups: ReadonlySet<'faithfulness' | 'effects' | 'objects' | 'coherence'>,
) {
  const units = methods.map(id => unitOf(id, removals))
  const before = run.forwardPasses
  const rows = (await opened.rowsOf(units, { images: 2, groups })).flat()
  return { rows, passes: run.forwardPasses - before }
}

const methods = ['agcam', 'attention-rollout', 'random']
const seen = async (index: number) => {
  const { objects, distractors = [] } = await scenes.sample(index)
  return objects.length + distractors.length
}
const things = (await seen(0)) + (await seen(1))

test('regions and things are removed once per image, however many methods there are', async () => {
  for (const some of [methods.slice(0, 1), methods]) {
    const nothing = await rowsOf(some, new Set())
    const effects = await rowsOf(some, new Set(['effects']))
    const objects = await rowsOf(some, new Set(['objects']))
    assert.equal(effects.passes - nothing.passes, 2 * (16 + 2 * 8))
    assert.equal(objects.passes - nothing.passes, things)
  }
})

test("a method's own groups of pixels are removed once each, and counted as its passes", async () => {
  const nothing = await rowsOf(methods, new Set())
  const { rows, passes } = await rowsOf(methods, new Set(['coherence']))
  assert.equal(passes - nothing.passes, 2 * 3 * 10)
  assert.deepEqual(new Set(rows.map(({ values }) => values.passes)), new Set([10]))
})

test('groups of pixels that a curve takes away as well are run once', async () => {
  // The image without any pixel is run once per model.
  await rowsOf(['agcam'], new Set(['faithfulness']))
  const nothing = await rowsOf(['agcam'], new Set())
  const [curves, groups, both] = [
    await rowsOf(['agcam'], new Set(['faithfulness'])),
    await rowsOf(['agcam'], new Set(['coherence'])),
    await rowsOf(['agcam'], new Set(['faithfulness', 'coherence'])),
  ]
  const passes = [curves, groups, both].map(found => found.passes - nothing.passes)
  // The highest tenth of the pixels is the first step of MoRF. The lowest one has a pixel more than the first step of LeRF: 50,176 is no multiple of ten.
  assert.equal(passes[2], (passes[0] ?? 0) + (passes[1] ?? 0) - 2)
})

test('what is stored does not depend on which methods are measured together', async () => {
  const groups = new Set(['effects', 'objects', 'coherence'] as const)
  const [alone, together] = [await rowsOf(['random'], groups), await rowsOf(methods, groups)]
  const cells = ({ rows }: typeof alone) => rows.filter(({ unit }) => unit === 'random').map(({ values }) => values)
  const [mine, theirs] = [cells(alone), cells(together)]
  for (const [i, values] of mine.entries())
    for (const [name, value] of Object.entries(values)) {
      const other = theirs[i]?.[name]
      // An engine fuses other operations for other methods, which moves the probability of the image itself by some 1e-6.
      if (typeof value === 'number') assert.ok(Math.abs(value - Number(other)) < 1e-5, `${name}: ${value}, ${other}`)
      else assert.deepEqual(other, value, name)
    }
})

test('a scene that cannot be rendered again has no columns of its things', async () => {
  const { without: _, ...photographs } = scenes
  const asked = { dataset: photographs, groups: new Set(['objects'] as const) }
  const [[row] = []] = await opened.rowsOf([unitOf('agcam', removals)], asked)
  assert.deepEqual(
    Object.keys(row?.values ?? assert.fail()).filter(name => name.startsWith('objects.')),
    [],
  )
})
