import { availableParallelism } from 'node:os'
import { env } from 'onnxruntime-node'
import type { Backend, BackendOptions, Executable } from '../backend.ts'
import { DisposedError, PrecisionError } from '../errors.ts'
import { engines } from './engines.ts'
import { openSession } from './session.ts'

export { engines }

/** ONNX Runtime with one of its execution providers; the best one that works here where none is named. */
export async function open(
  name?: string,
  { threads = availableParallelism(), pack, precision = 'single' }: BackendOptions = {},
): Promise<Backend> {
  const engine = await engines.find(name)
  if (precision === 'double' && engine !== 'cpu') throw new PrecisionError('onnx', engine)
  const alive = new Set<Executable>()
  let disposed = false
  return {
    id: 'onnx',
    engine,
    version: env.versions.node ?? 'unknown',
    threads,
    async compile(program, weights) {
      if (disposed) throw new DisposedError('onnx', 'compile')
      const session = await openSession(program, weights, { engine, threads, pack, precision })
      alive.add(session)
      return {
        run: inputs => session.run(inputs),
        dispose() {
          alive.delete(session)
          return session.dispose()
        },
      }
    },
    async dispose() {
      disposed = true
      await Promise.all([...alive].map(session => session.dispose()))
      alive.clear()
    },
  }
}
