import type { HostTensor, Program, Tensor, Weights } from '@vitrine/tensor'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common'
import type { Precision } from '../backend.ts'
import type { Compiled } from '../backend-of.ts'
import { BackendError } from '../errors.ts'
import { type OnnxEngine, providerOf } from './engines.ts'
import { type MapFile, mappedWeights } from './mapped.ts'
import { modelOf } from './model.ts'

/** What both onnxruntime-node and onnxruntime-web export. */
export type OnnxRuntime = Pick<typeof import('onnxruntime-common'), 'InferenceSession' | 'Tensor'>

export interface SessionSettings {
  readonly runtime: OnnxRuntime
  readonly engine: OnnxEngine
  readonly threads: number
  readonly pack?: boolean | undefined
  readonly precision?: Precision | undefined
  /** How ONNX Runtime reaches a file of weights; if absent, weights are copied into the model. */
  readonly mapFile?: MapFile | undefined
}

/**
 * Programs with weights up to this many bytes pack them: 3 to 8 percent faster for products of many rows, twice as fast for a few
 * rows. Larger weights are mapped from their file and shared with the other programs of the process.
 */
const PACKED_BYTES = 64 * 2 ** 20

/** What a session must know of the weights of its program. */
interface WeightFacts {
  /** The folder of the files that are mapped, if any are. */
  readonly folder: string | undefined
  readonly weightBytes: number
}

/**
 * ONNX Runtime's options for one program. What is absent is its default, which measured best: all graph optimizations, the arena
 * (faster than without), denormals kept (flushing them would change the arithmetic of the calling thread).
 */
export function sessionOptions(
  { engine, threads, pack, precision }: Pick<SessionSettings, 'engine' | 'threads' | 'pack' | 'precision'>,
  { folder, weightBytes }: WeightFacts,
): InferenceSession.SessionOptions {
  const packed = pack ?? (folder === undefined || weightBytes <= PACKED_BYTES)
  return {
    executionProviders: [engine],
    // Disabled: ONNX Runtime's memory-pattern planner reserves the program's peak memory twice.
    enableMemPattern: false,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    extra: {
      // It makes an operator of x sigmoid(x) that there is for float32 alone.
      ...(precision === 'double' && { optimization: { disable_specified_optimizers: 'QuickGeluFusion' } }),
      session: {
        ...(packed ? {} : { disable_prepacking: '1' }),
        // Without a folder, ONNX Runtime looks for the files of a model in memory in the working directory.
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  }
}

/** Lowers a program and creates its session. */
export async function openSession(
  program: Program,
  weights: Weights | undefined,
  settings: SessionSettings,
): Promise<Compiled> {
  const { runtime, engine, precision, mapFile } = settings
  const mapped = mappedWeights(weights, mapFile)
  const { fuses } = providerOf(engine)
  const { bytes, weightBytes, inputs, outputs } = modelOf(program, weights, {
    precision,
    fuses,
    external: mapped.range,
  })
  const options = sessionOptions(settings, { folder: mapped.folder(), weightBytes })
  const session = await runtime.InferenceSession.create(bytes, options)
  return {
    async run(given) {
      const feeds = given.map(([t, host]) => [inputs[t.params.name], toOrt(runtime, t, host)])
      const results = await session.run(Object.fromEntries(feeds))
      const read = Object.entries(program.outputs).map(([name, t]) => [name, toHost(t, results[outputs[name] ?? name])])
      return Object.fromEntries(read)
    },
    dispose: () => session.release(),
  }
}

function toOrt(runtime: OnnxRuntime, { dtype }: Tensor, { shape, data }: HostTensor): OrtTensor {
  if (dtype === 'int') return new runtime.Tensor('int64', BigInt64Array.from(data, BigInt), shape)
  return new runtime.Tensor('float32', data instanceof Float32Array ? data : new Float32Array(data), shape)
}

function toHost({ dtype, shape }: Tensor, result: OrtTensor | undefined): HostTensor {
  const data = result?.data
  if (dtype === 'int' && data instanceof BigInt64Array) return { shape, data: Int32Array.from(data, Number) }
  if (dtype === 'float' && data instanceof Float32Array) return { shape, data }
  throw new BackendError('onnx', `run: expected a ${dtype} result, got ${result?.type ?? 'nothing'}`)
}
