import type { Backend } from '@vitrine/backends/core'
import { openOnnxWeb } from '@vitrine/backends/onnx-web'
import {
  type Bytes,
  blobBytes,
  type Checkpoint,
  type Model,
  ModelError,
  memoryBytes,
  modelFromBytes,
  openCheckpoint,
} from '@vitrine/models/checkpoint'
import { sizeOf } from '@vitrine/tensor'
import engine from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url'
import * as ort from 'onnxruntime-web/wasm'
import { type Explaining, explaining, reasonOf } from './explaining.ts'
import { keepOwnFiles, keptOrFetched } from './kept.ts'
import type { Answered, Asked, ModelFiles } from './messages.ts'

// Opens a model and explains, away from the page: a run of the engine cannot be interrupted, so the page ends this worker to stop one.

/** What the engine needs of weights in a browser is several copies of them, in a memory of 4 GiB at most. */
const MOST_BYTES = 450e6

const answer = (answered: Answered): void => postMessage(answered)

let explainer: Explaining | undefined
let latest = 0
/** What was asked, one after the other. */
let line = Promise.resolve()

async function open(files: ModelFiles): Promise<void> {
  const [weights, config, preprocessor, wasm] = await Promise.all([
    bytesOf(files.weights, 'the model'),
    jsonOf(files.config),
    jsonOf(files.preprocessor),
    download(engine, 'the engine'),
  ])
  ort.env.wasm.wasmBinary = wasm.buffer
  ort.env.logLevel = 'error'
  const backend = openOnnxWeb(ort, { threads: 1 })
  const model = /\.onnx$/i.test(weights.name)
    ? await openExported(weights, files.beside ?? [], { config, preprocessor }, backend)
    : await openWeights(weights, { config, preprocessor })
  explainer = explaining(backend, model, answer)
  answer({ kind: 'opened', model: explainer.opened })
  void keepOwnFiles()
}

/** What lies beside a model, parsed. */
interface Configurations {
  readonly config: unknown
  readonly preprocessor: unknown
}

async function openWeights(weights: Bytes, said: Configurations): Promise<Model> {
  refuseTooLarge(weights, await openCheckpoint(weights), '--checkpoint')
  return modelFromBytes({ weights, ...said })
}

/** An exported graph, held against what ONNX Runtime makes of its file. Its reader is loaded when it is asked for. */
async function openExported(
  graph: Bytes,
  files: readonly File[],
  said: Configurations,
  backend: Backend,
): Promise<Model> {
  const [{ exportedFromBytes }, { openOnnxFile, weightsOf }] = await Promise.all([
    import('@vitrine/models/exported'),
    import('@vitrine/models/onnx'),
  ])
  const beside = (name: string): Bytes => {
    const file = files.find(one => one.name === name)
    if (!file) throw new ModelError(`${graph.name}: its tensors lie in ${name}: choose that file too`)
    return blobBytes(name, file)
  }
  refuseTooLarge(graph, weightsOf(await openOnnxFile(graph, beside)), '--model')
  return exportedFromBytes({
    graph,
    beside,
    ...said,
    async runners(input, weights) {
      const externalData = await Promise.all(
        files.map(async file => ({ path: file.name, data: new Uint8Array(await file.arrayBuffer()) })),
      )
      const session = await ort.InferenceSession.create(await graph.read(0, graph.size), { externalData })
      return {
        async file({ shape, data }) {
          const results = await session.run({ [input]: new ort.Tensor('float32', Float32Array.from(data), shape) })
          return Object.fromEntries(
            Object.entries(results).flatMap(([name, { dims, data: numbers }]) =>
              numbers instanceof Float32Array ? [[name, { shape: dims, data: numbers }]] : [],
            ),
          )
        },
        async program(program, inputs) {
          const executable = await backend.compile(program, weights)
          try {
            return await executable.run(inputs)
          } finally {
            await executable.dispose()
          }
        },
        dispose: () => session.release(),
      }
    },
  })
}

/** @throws ModelError with the numbers, before the weights are read */
function refuseTooLarge(weights: Bytes, { arrays }: Checkpoint, option: '--checkpoint' | '--model'): void {
  const bytes = [...arrays.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0)
  if (bytes > MOST_BYTES)
    throw new ModelError(
      `${weights.name}: expected at most ${Math.round(MOST_BYTES / 1e6)} MB of weights as float32 in a browser, got ${Math.round(bytes / 1e6)} MB; npx -y pnpm@12 explain PICTURE ${option} ${weights.name} takes it`,
    )
}

const bytesOf = async (file: string | File, what: string): Promise<Bytes> =>
  typeof file === 'string' ? memoryBytes(file, await download(file, what)) : blobBytes(file.name, file)

async function jsonOf(file: string | File | undefined): Promise<unknown> {
  if (file === undefined) return undefined
  const text = typeof file === 'string' ? await (await keptOrFetched(file)).text() : await file.text()
  try {
    return JSON.parse(text)
  } catch {
    throw new ModelError(`${typeof file === 'string' ? file : file.name}: expected JSON`)
  }
}

/** The bytes of a file of the site, with progress. */
async function download(url: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await keptOrFetched(url)
  // Of a compressed answer the length is not that of what arrives here.
  const length = response.headers.has('content-encoding')
    ? null
    : Number(response.headers.get('content-length')) || null
  const parts: Uint8Array[] = []
  let bytes = 0
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.length
    answer({ kind: 'loading', what, bytes, of: length })
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

async function work(asked: Asked): Promise<void> {
  if (asked.kind === 'open') return open(asked.model)
  if (!explainer) throw new Error('no model is open')
  if (asked.kind === 'look') return explainer.look(asked.picture, asked.id)
  const { question } = asked
  if (question < latest) return
  if (asked.kind === 'film') return explainer.film(question, asked.method, asked.target)
  return explainer.explain(question, asked.methods, asked.targets, () => question < latest)
}

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  if ('question' in data) latest = data.question
  line = line
    .then(() => work(data))
    .catch(error => answer({ kind: 'failed', while: data.kind, reason: reasonOf(error) }))
})
