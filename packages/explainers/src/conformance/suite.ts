import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostTensors, Program, WeightLookup } from '@vitrine/tensor'
import type { Explainer } from '../contract/explainer.ts'
import { resolveOptions } from '../contract/options.ts'
import { UnsupportedError } from '../errors.ts'
import { type MethodChoice, sampledOf } from '../run/choice.ts'
import { explanationProgram } from '../run/program.ts'
import { type RunProgram, sampledProgram } from '../run/sampler.ts'
import { bareModel, UNDECLARED } from './bare-model.ts'
import { batchOf, type Explain, explainWith, interpreted } from './explain.ts'
import { mainSubject, otherKinds } from './models.ts'

const targets = [0, 3, 1]

/** What runs programs, as the suite needs it: every backend of `@vitrine/backends` is one. */
export interface EngineUnderTest {
  compile(
    program: Program,
    weights: { readonly id: string; readonly get: WeightLookup },
  ): Promise<{ run(inputs: HostTensors): Promise<HostTensors> }>
  dispose(): Promise<void>
}

export interface ConformanceOptions {
  /** Engines to compare with the interpreter. */
  readonly open: readonly (() => Promise<EngineUnderTest>)[]
  /**
   * The largest accepted difference of float32 from float64, relative to the map's maximum; 100 times as much for a method of poor
   * conditioning.
   */
  readonly tolerance?: number
}

/** Registers the tests that every method must pass. The reference interpreter computes in float64. */
export function explainerConformance(explainer: Explainer, { open, tolerance = 1e-4 }: ConformanceOptions): void {
  const method: MethodChoice = {
    key: explainer.id,
    explainer,
    options: resolveOptions(explainer.id, explainer.options),
  }
  const name = (what: string) => `${explainer.id}: ${what}`
  const subject = mainSubject(explainer)
  const float32 = explainer.conditioning === 'poor' ? 100 * tolerance : tolerance
  const [sampled] = sampledOf([method])
  const anew = explainWith(subject, method)
  const known = new Map<string, Promise<number[]>>()
  const explain: Explain = (images, classes) => {
    const question = `${images} ${classes}`
    const answer = known.get(question) ?? anew(images, classes)
    known.set(question, answer)
    return answer
  }

  test(name("the map has the model's grid and finite numbers"), async () => {
    const map = await explain([0, 1, 2], targets)
    assert.equal(map.length, 3 * subject.model.grid.rows * subject.model.grid.columns)
    assert.ok(map.every(Number.isFinite))
    if (!explainer.signed) assert.ok(map.every(x => x >= 0))
    if (explainer.scale === 'unit') assert.ok(map.every(x => x >= 0 && x <= 1))
  })

  for (const kind of otherKinds)
    test(name(`a model with ${kind.name} is explained, or refused with a reason`), async t => {
      const { rows, columns } = kind.model.grid
      try {
        const map = await explainWith(kind, method)([0, 1, 2], targets)
        assert.equal(map.length, 3 * rows * columns)
        assert.ok(map.every(Number.isFinite))
        assert.ok(explainer.family === 'control' || map.some(x => x !== map[0]), 'the map is flat')
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error
        t.diagnostic(error.message)
      }
    })

  test(name('a batch gives the maps of its images one by one'), async () => {
    const alone = await Promise.all([0, 1, 2].map(i => explain([i], targets)))
    close(
      await explain([0, 1, 2], targets),
      alone.flatMap(map => [...map]),
      1e-9,
    )
  })

  test(name('what it reads of a model is what it says that it needs'), () => {
    const model = bareModel(subject.model, explainer.needs)
    const { inputs } = sampled
      ? sampledProgram(model, sampled)
      : explanationProgram(model, [method], 1, 'given').program
    assert.deepEqual(
      inputs.map(({ params }) => params.name).filter(input => input.startsWith(UNDECLARED)),
      [],
    )
  })

  test(name('random numbers are drawn if and only if that is declared'), async () => {
    let drawn = !sampled && explanationProgram(subject.model, [method], 1, 'given').draws.length > 0
    const noticing = new Proxy(
      {},
      {
        has() {
          drawn = true
          return false
        },
      },
    )
    if (sampled) await explainWith(subject, method, undefined, { draws: noticing })([0], targets)
    assert.equal(drawn ? 'seeded' : 'none', explainer.randomness)
  })

  test(name('the same question has the same answer'), async () => {
    assert.deepEqual(await explain([0, 1], targets), await anew([0, 1], targets))
  })

  test(name(explainer.classSpecific ? 'another class has another map' : 'the class makes no difference'), async () => {
    const [one, other] = [await explain([0, 1], targets), await explain([0, 1], [1, 1, 1])]
    if (!explainer.classSpecific) return assert.deepEqual(one, other)
    const largest = Math.max(...one.map(Math.abs))
    assert.ok(one.some((x, i) => Math.abs(x - (other[i] ?? 0)) > 1e-3 * largest))
  })

  if (!sampled)
    test(name('the predicted class is what is explained unless one is given'), async () => {
      const { program, draws } = explanationProgram(subject.model, [method], 2, 'predicted')
      const found = await interpreted(subject)(program, batchOf(subject, [0, 1], draws))
      const rows = [0, 1].map(i => Array.from(found.probabilities?.data.subarray(5 * i, 5 * i + 5) ?? []))
      const predicted = rows.map(row => row.indexOf(Math.max(...row)))
      close(found[`map:${method.key}`]?.data ?? [], await explain([0, 1], predicted), 1e-12)
    })
  else
    test(name('how many rows go into a run makes no difference'), async () => {
      const inFives = explainWith(subject, method, undefined, { batch: 5 })
      close(await inFives([0, 1], targets), await explain([0, 1], targets), 1e-9)
    })

  open.forEach((openBackend, i) => {
    test(name(`engine ${i + 1} agrees with the interpreter`), async () => {
      const backend = await openBackend()
      const compiled = new Map<Program, ReturnType<EngineUnderTest['compile']>>()
      const run: RunProgram = async (program, inputs) => {
        const executable =
          compiled.get(program) ?? backend.compile(program, { id: 'conformance', get: subject.weights })
        compiled.set(program, executable)
        return (await executable).run(inputs)
      }
      const found = explainWith(subject, method, run)
      close(await found([0, 1, 2], targets), await explain([0, 1, 2], targets), float32)
      await backend.dispose()
    })
  })
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length)
  const size = Math.max(...Array.from(expected, Math.abs))
  Array.from(expected).forEach((e, i) => {
    const a = actual[i] ?? Number.NaN
    assert.ok(Math.abs(a - e) <= tolerance * size, `element ${i}: expected ${e}, got ${a}, largest ${size}`)
  })
}
