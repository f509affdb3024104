import { type Backend, EngineUnavailableError, type Precision } from '@vitrine/backends/core'
import { openBackend } from '@vitrine/backends/node'

import type { EngineFacts } from '@vitrine/measure'

/** An opened engine, or what records say of one that cannot be had and why. */
export type FoundEngine = { readonly backend: Backend } | { readonly unavailable: string; readonly facts: EngineFacts }

/** Opens an engine; one that cannot be had is an answer and no error. */
export async function findEngine(spec: string, threads: number, precision?: Precision): Promise<FoundEngine> {
  try {
    return { backend: await openBackend(spec, { threads, ...(precision && { precision }) }) }
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error
    const [id = '', engine = ''] = error.engine.split(':', 2)
    return { unavailable: error.message, facts: { id, engine, version: 'none', threads: null } }
  }
}

export const factsOf = ({ id, engine, version, threads }: Backend, precision?: Precision): EngineFacts => ({
  ...{ id, engine, version, threads },
  ...(precision === 'double' && { precision }),
})

/** What an engine is, without keeping it open. */
export async function engineFacts(
  spec: string,
  threads: number,
  precision?: Precision,
): Promise<EngineFacts & { readonly unavailable: string | undefined }> {
  const found = await findEngine(spec, threads, precision)
  if (!('backend' in found)) return { ...found.facts, unavailable: found.unavailable }
  const facts = factsOf(found.backend, precision)
  await found.backend.dispose()
  return { ...facts, unavailable: undefined }
}
