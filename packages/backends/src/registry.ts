import type { BackendFacts, Capabilities, EngineFacts, Precision } from './backend.ts'
import { PrecisionError, UnknownBackendError } from './errors.ts'
import { onnx } from './onnx/engines.ts'
import { tfjs } from './tfjs/engines.ts'

/** Every backend with its engines. How each is opened: `open.ts`. */
export const backends = { onnx, tfjs } satisfies Readonly<Record<string, BackendFacts>>

export type BackendId = keyof typeof backends

/** The parts of `onnx` or `onnx:cpu`. */
export interface BackendSpec {
  readonly id: BackendId
  readonly engine: string | undefined
}

/**
 * Reads `onnx` or `onnx:cpu`. Whether the engine can be had on this machine is not asked, and nothing is loaded.
 *
 * @throws UnknownBackendError where there is no such backend or engine
 */
export function parseSpec(spec: string): BackendSpec {
  const colon = spec.indexOf(':')
  const [name, engine] = colon < 0 ? [spec, undefined] : [spec.slice(0, colon), spec.slice(colon + 1)]
  const ids = Object.keys(backends) as BackendId[]
  const id = ids.find(known => known === name)
  if (!id) throw new UnknownBackendError(spec, ids)
  if (engine !== undefined && !Object.hasOwn(backends[id].engines, engine))
    throw new UnknownBackendError(
      spec,
      Object.keys(backends[id].engines).map(known => `${id}:${known}`),
    )
  return { id, engine }
}

/**
 * What an engine can do, without loading it.
 *
 * @param spec with the engine: `onnx:cpu`
 * @throws UnknownBackendError
 *
 * @example
 * capabilitiesOf('onnx:cpu').precisions // ['single', 'double']
 */
export function capabilitiesOf(spec: string): Capabilities {
  const { id, engine } = parseSpec(spec)
  const facts = engine === undefined ? undefined : engineFacts(backends[id], engine)
  if (!facts)
    throw new UnknownBackendError(
      spec,
      enginesWith(() => true),
    )
  return facts.capabilities
}

/** Throws a PrecisionError that names the engines that have it. */
export function requirePrecision(id: BackendId, engine: string, precision: Precision): void {
  const has = ({ precisions }: Capabilities) => precisions.includes(precision)
  const facts = engineFacts(backends[id], engine)
  if (!facts || !has(facts.capabilities)) throw new PrecisionError(id, engine, precision, enginesWith(has))
}

const engineFacts = ({ engines }: BackendFacts, engine: string): EngineFacts | undefined => engines[engine]

/** The specs of all engines that can do something. */
const enginesWith = (can: (capabilities: Capabilities) => boolean): string[] =>
  Object.entries<BackendFacts>(backends).flatMap(([id, { engines }]) =>
    Object.entries(engines).flatMap(([engine, { capabilities }]) => (can(capabilities) ? [`${id}:${engine}`] : [])),
  )
