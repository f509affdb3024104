import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Outcome } from './mutations.ts'

test('2,000 damaged files end in a ModelError or a load, within 512 MiB', async () => {
  const program = fileURLToPath(new URL('./mutations.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, '2000'], { timeout: 120_000 })
  const { crashes, loaded, refused, memory }: Outcome = JSON.parse(stdout)
  assert.deepEqual(crashes, [])
  assert.equal(loaded + refused, 2000)
  assert.ok(loaded > 100 && refused > 1000, `${loaded} loaded, ${refused} refused`)
  assert.ok(memory < 512 * 2 ** 20, `${memory} bytes`)
})
