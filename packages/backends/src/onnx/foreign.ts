import type { HostTensor, HostTensors } from '@vitrine/tensor'
import type { InferenceSession as InferenceSessionType } from 'onnxruntime-common'
import { BackendError, messageOf } from '../errors.ts'
import { loadRuntime } from './runtime.ts'

/** An ONNX file that others wrote, as ONNX Runtime runs it. */
export interface ForeignSession {
  /** Inputs and outputs by the file's names, floats as float32. Outputs that are no floats are left out. */
  run(inputs: HostTensors): Promise<HostTensors>
  dispose(): Promise<void>
}

export interface ForeignOptions {
  readonly threads?: number
}

/**
 * Opens a file, or the bytes of one that needs no other, in ONNX Runtime on the CPU.
 *
 * @throws BackendError where ONNX Runtime refuses it
 */
export async function openForeignSession(
  file: string | Uint8Array,
  { threads = 1 }: ForeignOptions = {},
): Promise<ForeignSession> {
  const { InferenceSession, Tensor } = await loadRuntime()
  const options: InferenceSessionType.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
  }
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw new BackendError(
        'onnx',
        `${typeof file === 'string' ? file : 'a model in memory'}: ONNX Runtime refuses it: ${messageOf(error).trim().replace(/\s+/g, ' ')}`,
      )
    }
  }
  const session = await attempt(() =>
    typeof file === 'string' ? InferenceSession.create(file, options) : InferenceSession.create(file, options),
  )
  const typeOf = (name: string): string => {
    const found = session.inputMetadata.find(input => input.name === name)
    return found?.isTensor ? found.type : 'float32'
  }
  const given = (name: string, { shape, data }: HostTensor) => {
    const type = typeOf(name)
    if (type === 'float16') return new Tensor('float16', new Uint16Array(Float16Array.from(data).buffer), shape)
    if (type === 'uint8') return new Tensor('uint8', Uint8Array.from(data), shape)
    return new Tensor('float32', Float32Array.from(data), shape)
  }
  return {
    run: inputs =>
      attempt(async () => {
        const feeds = Object.entries(inputs).map(([name, value]) => [name, given(name, value)])
        const results = await session.run(Object.fromEntries(feeds))
        return Object.fromEntries(
          Object.entries(results).flatMap(([name, { type, dims, data }]) =>
            type.startsWith('float')
              ? [[name, { shape: dims, data: Float32Array.from(data as Iterable<number>) }]]
              : [],
          ),
        )
      }),
    dispose: () => session.release(),
  }
}
