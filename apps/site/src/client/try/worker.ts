import type { Backend } from '@vitrine/backends/core'
import { besideForeign, foreignSession } from '@vitrine/backends/onnx'
import { openOnnxWeb } from '@vitrine/backends/onnx-web'
import { parseSpec, type SpecOptions } from '@vitrine/models/architecture'
import {
  type Bytes,
  blobBytes,
  type Model,
  ModelError,
  memoryBytes,
  modelFromBytes,
  openCheckpoint,
} from '@vitrine/models/checkpoint'
import { exportedFromBytes } from '@vitrine/models/exported'
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
  const { options } = parseSpec(files.options?.trim() ? `model[${files.options}]` : 'model')
  const said = { config, preprocessor, options }
  const model = weights.name.endsWith('.onnx')
    ? await openExported(backend, weights, files.beside ?? [], said)
    : await openWeights(weights, said)
  explainer = explaining(backend, model, answer)
  answer({ kind: 'opened', model: explainer.opened })
  void keepOwnFiles()
}

interface Said {
  readonly config: unknown
  readonly preprocessor: unknown
  readonly options: SpecOptions
}

async function openWeights(weights: Bytes, said: Said): Promise<Model> {
  const { arrays } = await openCheckpoint(weights)
  refuseTooLarge(
    weights,
    [...arrays.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
  )
  return modelFromBytes({ weights, ...said })
}

/** Opens an exported graph and holds it against the same file in the same engine. */
async function openExported(backend: Backend, graph: Bytes, beside: readonly File[], said: Said): Promise<Model> {
  const named = (name: string) => {
    const file = beside.find(one => one.name === name)
    if (!file) throw new ModelError(`${graph.name}: its tensors are in ${name}; choose that file too`)
    return blobBytes(file.name, file)
  }
  refuseTooLarge(graph, graph.size + beside.reduce((sum, { size }) => sum + size, 0))
  return exportedFromBytes({
    graph,
    beside: named,
    ...said,
    async runners(input, weights) {
      const held = await Promise.all(beside.map(async file => [file.name, new Uint8Array(await file.arrayBuffer())]))
      const bytes = await graph.read(0, graph.size)
      const session = await foreignSession(
        { runtime: ort, engine: 'wasm', threads: 1 },
        { model: bytes, bytes: () => bytes, beside: Object.fromEntries(held) },
      )
      return { ...besideForeign(session, input, backend, weights), dispose: () => session.dispose() }
    },
  })
}

/** @throws ModelError with the numbers, before the weights are read */
function refuseTooLarge({ name }: Bytes, bytes: number): void {
  if (bytes > MOST_BYTES)
    throw new ModelError(
      `${name}: expected at most ${Math.round(MOST_BYTES / 1e6)} MB of weights as float32 in a browser, got ${Math.round(bytes / 1e6)} MB; npx -y pnpm@12 explain PICTURE --checkpoint ${name} takes it`,
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
