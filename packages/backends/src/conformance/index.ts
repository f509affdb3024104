import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Op, print, program, scalar } from '@vitrine/tensor'
import type { Backend } from '../backend.ts'
import { DisposedError } from '../errors.ts'
import { actual, type Case, contains, difference, expected, makeCase } from './case.ts'
import { cases, EXACT } from './cases.ts'
import { contract } from './contract.ts'
import { randomCase } from './programs.ts'

export interface ConformanceOptions {
  /**
   * The largest error in float32. Single ops: relative to the number, or to 1 where that is smaller. Random programs: relative to the
   * largest number of the output, with 10 times this tolerance at most.
   *
   * The default, 1e-5, is 84 units in the last place of 1: a sum of 1000 products rounds some 30 of them in a bad order, and
   * engines approximate exp, tanh and erf by polynomials to about 2e-7.
   */
  readonly tolerance?: number
  /** Tests that this backend cannot pass, by name (`sigmoid` or `sigmoid: rank 4`), each with its reason, which is printed. */
  readonly skip?: Readonly<Record<string, string>>
  /** How many random programs are run, of seeds 1, 2, …; 150 if absent. */
  readonly programs?: number
}

/**
 * The suite that a backend must pass: every op, random programs and their gradients against the float64 interpreter, and the
 * behaviour that `Backend` and `Executable` promise. Registers tests of `node:test`.
 *
 * @example
 * conformance('onnx:cpu', () => openBackend('onnx:cpu', { threads: 1 }))
 */
export function conformance(
  name: string,
  open: () => Promise<Backend>,
  { tolerance = 1e-5, skip = {}, programs = 150 }: ConformanceOptions = {},
): void {
  describe(`conformance of ${name}`, () => {
    let backend: Backend
    before(async () => {
      backend = await open()
    })
    after(() => backend.dispose())

    for (const [op, builds] of Object.entries(cases) as [Op, (typeof cases)[Op]][])
      test(op, { skip: skip[op] ?? false }, async context => {
        let worst = 0
        for (const [label, build] of Object.entries(builds))
          await context.test(label, { skip: skip[`${op}: ${label}`] ?? false }, async () => {
            const given = makeCase(build)
            assert.ok(contains(given, op), `the case has lost its ${op}:\n${print(given.program)}`)
            const error = await errorOf(backend, given, 'absolute')
            worst = Math.max(worst, error)
            const allowed = EXACT.includes(op) ? 0 : tolerance
            assert.ok(error <= allowed, `error ${error} > ${allowed} in\n${print(given.program)}`)
          })
        context.diagnostic(`largest error of ${op}: ${worst.toExponential(1)}`)
      })

    test('random programs', { skip: skip['random programs'] ?? false }, async context => {
      let worst = 0
      const seen = new Set<Op>()
      for (let seed = 1; seed <= programs; seed++) {
        const given = randomCase(seed)
        for (const node of given.program.nodes) seen.add(node.op)
        await context.test(`seed ${seed}`, { skip: skip[`random programs: ${seed}`] ?? false }, async () => {
          const error = await errorOf(backend, given, 'relative')
          worst = Math.max(worst, error)
          assert.ok(error <= 10 * tolerance, `error ${error} > ${10 * tolerance} in\n${print(given.program)}`)
        })
      }
      context.diagnostic(`largest error of ${programs} random programs: ${worst.toExponential(1)}`)
      const unseen = Object.keys(cases).filter(op => !seen.has(op as Op))
      assert.ok(programs < 100 || unseen.length === 0, `no random program has ${unseen.join(', ')}`)
    })

    for (const [promise, check] of Object.entries(contract))
      test(promise, { skip: skip[promise] ?? false }, context => check(backend, context))

    test('dispose ends the backend and its executables', async () => {
      const own = await open()
      const executable = await own.compile(program({ y: scalar(1) }))
      await own.dispose()
      await assert.rejects(executable.run({}), DisposedError)
      await assert.rejects(own.compile(program({ y: scalar(1) })), DisposedError)
    })

    test('dispose waits for what has begun', async () => {
      const own = await open()
      const executable = await own.compile(program({ y: scalar(1) }))
      const running = executable.run({})
      const compiling = own.compile(program({ y: scalar(2) }))
      const disposed = own.dispose()
      await assert.rejects(compiling, DisposedError)
      await disposed
      assert.deepEqual((await running).y?.data, Float32Array.of(1))
    })
  })
}

const errorOf = async (backend: Backend, given: Case, kind: 'absolute' | 'relative'): Promise<number> =>
  difference(await actual(backend, given), expected(given), kind)
