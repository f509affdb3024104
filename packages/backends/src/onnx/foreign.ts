import { create, toBinary } from '@bufbuild/protobuf'
import type { HostTensor, HostTensors, Program, Weights } from '@vitrine/tensor'
import { ModelProtoSchema } from 'onnx-buf'
import type { InferenceSession } from 'onnxruntime-common'
import type { Backend } from '../backend.ts'
import { BackendError, messageOf } from '../errors.ts'
import type { SessionSettings } from './session.ts'

/** An ONNX file that others wrote, as ONNX Runtime runs it. Values are by the file's names; floats are float32, others are left out. */
export interface ForeignSession {
  /** The outputs of the file. */
  run(inputs: HostTensors): Promise<HostTensors>
  /** Values in the middle of the graph. The file is opened once more for it: to look what is wrong, not to run models. */
  inside(names: readonly string[], inputs: HostTensors): Promise<HostTensors>
  dispose(): Promise<void>
}

/** Where an ONNX file is. */
export interface ForeignFile {
  /** A path, or the file's bytes. */
  readonly model: string | Uint8Array
  /** The bytes of the file. */
  bytes(): Uint8Array
  /** Files that hold the tensors of a model in memory, by their names; of a model from a path, ONNX Runtime finds them. */
  readonly beside?: Readonly<Record<string, Uint8Array>>
  /** The folder in which such files lie where the model is from a path. */
  readonly folder?: string
}

/**
 * Opens a file in ONNX Runtime on the processor: in whichever runtime is handed in.
 *
 * @throws BackendError where ONNX Runtime refuses it
 */
export async function foreignSession(
  { runtime, engine, threads }: Pick<SessionSettings, 'runtime' | 'engine' | 'threads'>,
  { model, bytes, beside = {}, folder }: ForeignFile,
): Promise<ForeignSession> {
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw new BackendError(
        'onnx',
        `${typeof model === 'string' ? model : 'a model in memory'}: ONNX Runtime refuses it: ${messageOf(error).trim().replace(/\s+/g, ' ')}`,
      )
    }
  }
  const options: InferenceSession.SessionOptions = {
    executionProviders: [engine],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 4,
    externalData: Object.entries(beside).map(([path, data]) => ({ path, data })),
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
    typeof model === 'string'
      ? runtime.InferenceSession.create(model, options)
      : runtime.InferenceSession.create(model, options),
  )
  return {
    run: inputs => attempt(() => run(session, inputs)),
    inside: (names, inputs) =>
      attempt(async () => {
        const extra = folder === undefined ? {} : { session: { model_external_initializers_file_folder_path: folder } }
        const other = await runtime.InferenceSession.create(withOutputs(bytes(), names), { ...options, extra })
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

/** The two sides of a comparison: a file as ONNX Runtime runs it on an image, and programs with its weights on a backend. */
export const besideForeign = (session: ForeignSession, input: string, backend: Backend, weights: Weights) => ({
  file: (image: HostTensor): Promise<HostTensors> => session.run({ [input]: image }),
  inside: (image: HostTensor, names: readonly string[]): Promise<HostTensors> =>
    session.inside(names, { [input]: image }),
  async program(program: Program, inputs: HostTensors): Promise<HostTensors> {
    const executable = await backend.compile(program, weights)
    try {
      return await executable.run(inputs)
    } finally {
      await executable.dispose()
    }
  },
})
