import { type Backend, type BackendOptions, PrecisionError, UnknownBackendError } from '@vitrine/backends/core'
import { openBackend } from '@vitrine/backends/node'
import { known, UsageError } from '../cli/arguments.ts'

/**
 * Opens the engine that `--backends` names, in the precision that `--precision` does.
 *
 * @throws UsageError where there is no such engine, or it does not have that precision
 */
export async function openEngine(spec: string, options: BackendOptions): Promise<Backend> {
  try {
    return await openBackend(spec, options)
  } catch (error) {
    if (error instanceof PrecisionError)
      throw new UsageError(`${error.message}; --backends onnx:cpu has it, --precision single does without`)
    if (error instanceof UnknownBackendError) known('backend', spec, error.known)
    throw error
  }
}
