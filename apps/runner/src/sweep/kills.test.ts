import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { childrenOf, contentsOf, newFolder, run, start } from './testing-bench.ts'
import { numbers } from './testing-random.ts'

const skip =
  process.env.VITRINE_FAULTS !== 'full'
    ? 'takes minutes: VITRINE_FAULTS=full'
    : process.platform !== 'linux' && 'needs /proc'

const sweep =
  'bench --backends onnx:cpu --datasets icon-scenes --protocols paper --rounds 1 --images 12 --methods attention-rollout,random --threads 2'.split(
    ' ',
  )

const FAULTS = ['kill the coordinator', 'kill a worker', 'SIGINT', 'SIGTERM', 'SIGINT twice'] as const

test('30 random faults end in the same store as none, to the last bit', { skip, timeout: 3_600_000 }, async t => {
  const whole = newFolder()
  const began = performance.now()
  assert.equal((await run([...sweep, '--out', whole])).code, 0)
  const length = performance.now() - began
  const random = numbers(20_261_130)
  let faults = 0
  while (faults < 30) {
    const out = newFolder()
    // A few faults on the way to one finished store.
    for (let k = 0; k < 3 && faults < 30; k++) {
      const fault = FAULTS[Math.floor(random() * FAULTS.length)] ?? 'SIGINT'
      const bench = start([...sweep, '--out', out])
      await setTimeout(random() * length)
      const workers = childrenOf(bench.pid)
      const worker = workers[Math.floor(random() * workers.length)]
      if (fault === 'kill the coordinator') bench.kill('SIGKILL')
      else if (fault === 'kill a worker') {
        if (worker) process.kill(worker, 'SIGKILL')
      } else {
        bench.kill(fault === 'SIGTERM' ? 'SIGTERM' : 'SIGINT')
        if (fault === 'SIGINT twice') bench.kill('SIGINT')
      }
      const { code, signal, stderr } = await bench.finished
      faults++
      t.diagnostic(`${faults}: ${fault}: ${signal ?? code}`)
      if (fault === 'kill a worker') assert.equal(code, 0, stderr)
      else assert.ok(code === 130 || code === 0 || signal !== null, `${fault}: ${code} ${stderr}`)
    }
    const last = await run([...sweep, '--out', out])
    assert.equal(last.code, 0, last.stderr)
    assert.deepEqual(contentsOf(out), contentsOf(whole))
  }
})
