import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Outcome } from './testing/mutations.ts'

const FILES = process.env.VITRINE_FAULTS === 'full' ? 2000 : 80

test(`of ${FILES} damaged ONNX files each is refused, or agrees with ONNX Runtime on the same bytes`, () => {
  const program = fileURLToPath(new URL('testing/mutations.ts', import.meta.url))
  const outcome: Outcome = JSON.parse(
    execFileSync(process.execPath, [program, String(FILES)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  assert.deepEqual({ crashes: outcome.crashes, wrong: outcome.wrong }, { crashes: [], wrong: [] })
  assert.equal(outcome.accepted + outcome.refused + outcome.checked, FILES)
  assert.ok(outcome.refused > FILES / 2 && outcome.accepted > FILES / 20, JSON.stringify(outcome))
  assert.ok(outcome.longest < 2000, `${outcome.longest} ms`)
  assert.ok(outcome.memory < 1024 * 2 ** 20, `${outcome.memory} bytes`)
})
