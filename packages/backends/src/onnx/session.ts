import type { HostTensor, HostTensors, Program, Tensor } from '@vitrine/tensor'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import type { Executable, Precision, Weights } from '../backend.ts'
import { BackendError, DisposedError } from '../errors.ts'
import { checkInputs } from '../inputs.ts'
import type { Engine } from './engines.ts'
import { type Model, modelOf } from './model.ts'

export interface SessionSettings {
  readonly engine: Engine
  readonly threads: number
  readonly pack?: boolean | undefined
  readonly precision: Precision
}

/**
 * Below this many bytes of weights a program packs them: 3 to 8 percent faster for products of many rows, twice as fast for a few
 * rows. Above it they are mapped from their file and shared with the other programs of the process.
 */
const PACKED_BYTES = 64 * 2 ** 20

/**
 * ONNX Runtime's options for one program. What is absent is its default, which measured best: all graph optimizations, the arena
 * (faster than without), denormals kept (flushing would change the arithmetic of the calling thread).
 */
export function sessionOptions(
  { engine, threads, pack }: Omit<SessionSettings, 'precision'>,
  { folder, weightBytes }: Pick<Model, 'folder' | 'weightBytes'>,
): InferenceSession.SessionOptions {
  const packed = pack ?? (folder === undefined || weightBytes <= PACKED_BYTES)
  return {
    executionProviders: [engine],
    // Off: the pattern of a long program claims its whole peak a second time.
    enableMemPattern: false,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      session: {
        ...(packed ? {} : { disable_prepacking: '1' }),
        // Without a folder the paths of a model in memory would be those of the working directory.
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  }
}

export async function openSession(
  program: Program,
  weights: Weights | undefined,
  settings: SessionSettings,
): Promise<Executable> {
  const model = modelOf(program, settings.engine, weights, settings.precision)
  const { inputs, outputs } = model
  const session = await InferenceSession.create(model.bytes, sessionOptions(settings, model)).catch(
    (cause: unknown) => {
      throw new BackendError('onnx', `compile: ${cause instanceof Error ? cause.message : cause}`, { cause })
    },
  )
  let disposed = false
  return {
    async run(given: HostTensors): Promise<HostTensors> {
      if (disposed) throw new DisposedError('onnx', 'run')
      const feeds = Object.fromEntries(
        checkInputs('onnx', program, given).map(([t, host]) => [inputs[t.params.name] ?? '', toOrt(t, host)]),
      )
      const results = await session.run(feeds)
      const answer = Object.entries(program.outputs).map(([name, t]) => [name, toHost(t, results[outputs[name] ?? ''])])
      return Object.fromEntries(answer)
    },
    async dispose() {
      if (disposed) return
      disposed = true
      await session.release()
    },
  }
}

function toOrt({ dtype }: Tensor, { shape, data }: HostTensor): OrtTensor {
  if (dtype === 'int') return new OrtTensor('int64', BigInt64Array.from(data, BigInt), shape)
  return new OrtTensor('float32', data instanceof Float32Array ? data : new Float32Array(data), shape)
}

function toHost({ dtype, shape }: Tensor, result: OrtTensor | undefined): HostTensor {
  const data = result?.data
  if (dtype === 'int' && data instanceof BigInt64Array) return { shape, data: Int32Array.from(data, Number) }
  if (dtype === 'float' && data instanceof Float32Array) return { shape, data }
  throw new BackendError('onnx', `run: expected a ${dtype} result, got ${result?.type ?? 'nothing'}`)
}
