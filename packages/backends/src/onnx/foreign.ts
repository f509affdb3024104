import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import type { HostTensor, HostTensors } from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import type { InferenceSession } from 'onnxruntime-common'
import { BackendError, messageOf } from '../errors.ts'
import { loadRuntime } from './runtime.ts'

/** An ONNX file that others wrote, as ONNX Runtime runs it. Values are by the file's names; floats are float32, others are left out. */
export interface ForeignSession {
  /** The outputs of the file. */
  run(inputs: HostTensors): Promise<HostTensors>
  /** Values in the middle of the graph. The file is opened once more for it: to look what is wrong, not to run models. */
  inside(names: readonly string[], inputs: HostTensors): Promise<HostTensors>
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
  const runtime = await loadRuntime()
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      const name = typeof file === 'string' ? file : 'a model in memory'
      throw new BackendError(
        'onnx',
        `${name}: ONNX Runtime refuses it: ${messageOf(error).trim().replace(/\s+/g, ' ')}`,
      )
    }
  }
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
  }
  const run = async (session: InferenceSession, inputs: HostTensors): Promise<HostTensors> => {
    const types = new Map(session.inputMetadata.map(input => [input.name, input.isTensor ? input.type : 'float32']))
    const given = (name: string, { shape, data }: HostTensor) => {
      if (types.get(name) === 'float16')
        return new runtime.Tensor('float16', new Uint16Array(Float16Array.from(data).buffer), shape)
      if (types.get(name) === 'uint8') return new runtime.Tensor('uint8', Uint8Array.from(data), shape)
      return new runtime.Tensor('float32', Float32Array.from(data), shape)
    }
    const feeds = Object.entries(inputs).map(([name, value]) => [name, given(name, value)])
    const results = Object.entries(await session.run(Object.fromEntries(feeds)))
    return Object.fromEntries(
      results.flatMap(([name, { type, dims, data }]) =>
        type.startsWith('float') ? [[name, { shape: dims, data: Float32Array.from(data as Iterable<number>) }]] : [],
      ),
    )
  }
  const session = await attempt(() =>
    typeof file === 'string'
      ? runtime.InferenceSession.create(file, options)
      : runtime.InferenceSession.create(file, options),
  )
  return {
    run: inputs => attempt(() => run(session, inputs)),
    inside: (names, inputs) =>
      attempt(async () => {
        const bytes = withOutputs(typeof file === 'string' ? readFileSync(file) : file, names)
        const folder = typeof file === 'string' ? dirname(resolve(file)) : undefined
        const extra = folder === undefined ? {} : { session: { model_external_initializers_file_folder_path: folder } }
        const other = await runtime.InferenceSession.create(bytes, { ...options, extra })
        try {
          return await run(other, inputs)
        } finally {
          await other.release()
        }
      }),
    dispose: () => session.release(),
  }
}

/** A model with more outputs. Of two messages of Protocol Buffers that follow each other, lists are joined: nothing is parsed. */
function withOutputs(model: Uint8Array, names: readonly string[]): Uint8Array {
  const outputs = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { graph: { output: names.map(name => ({ name })) } }),
  )
  const all = new Uint8Array(model.length + outputs.length)
  all.set(model)
  all.set(outputs, model.length)
  return all
}
