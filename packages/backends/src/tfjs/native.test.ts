import { test } from 'node:test'
import { conformance } from '../conformance/index.ts'
import { EngineUnavailableError } from '../errors.ts'
import { openBackend } from '../open.ts'

for (const name of ['tfjs:node', 'tfjs:node-gpu']) {
  const reason = await whyNot(name)
  if (reason === undefined) conformance(name, () => openBackend(name))
  else test(`conformance of ${name}`, { skip: reason }, () => {})
}

async function whyNot(name: string): Promise<string | undefined> {
  try {
    await (await openBackend(name)).dispose()
    return undefined
  } catch (error) {
    if (error instanceof EngineUnavailableError) return error.message
    throw error
  }
}
