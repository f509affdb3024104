import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Outcome } from './mutations.ts'

// VITRINE_FAULTS=full tries thousands of files of each kind.
const files = process.env.VITRINE_FAULTS === 'full' ? 20_000 : 1600

test(`${files} damaged files end in a ModelError or a load, each within 512 MiB and two seconds`, async () => {
  const program = fileURLToPath(new URL('./mutations.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(files)], { timeout: 600_000 })
  const { crashes, loaded, refused, memory, longest }: Outcome = JSON.parse(stdout)
  assert.deepEqual(crashes, [])
  assert.equal(loaded + refused, files)
  assert.ok(loaded > files / 20 && refused > files / 2, `${loaded} loaded, ${refused} refused`)
  assert.ok(memory < 512 * 2 ** 20, `${memory} bytes`)
  assert.ok(longest < 2000, `${longest} ms`)
})
