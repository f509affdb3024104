import type { Backend } from '@vitrine/backends/core'
import { besideForeign, foreignSession } from '@vitrine/backends/onnx'
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
import { plural } from '../../shared/format.ts'
import { chooseEngine } from './choose-engine.ts'
import { type Engines, loadEngines } from './engines.ts'
import { type Explaining, explaining, reasonOf } from './explaining.ts'
import { keepOwnFiles, keptOrFetched } from './kept.ts'
import type { Answered, Asked, EngineWish, ModelFiles } from './messages.ts'

// Opens a model and explains, away from the page: a run of the engine cannot be interrupted, so the page ends this worker to stop one.

/** What the engine needs of weights in a browser is several copies of them, in a memory of 4 GiB at most. */
const MOST_BYTES = 450e6

/** Up to this many bytes of weights as float32, some methods have a copy of them as float64 too. */
const MOST_DOUBLED = 50e6

const answer = (answered: Answered): void => postMessage(answered)

let explainer: Explaining | undefined
let latest = 0
/** What was asked, one after the other. */
let line = Promise.resolve()

async function open(files: ModelFiles, wish: EngineWish): Promise<void> {
  const [weights, config, preprocessor, engines] = await Promise.all([
    bytesOf(files.weights, 'the model'),
    jsonOf(files.config),
    jsonOf(files.preprocessor),
    loadEngines(wish, url => download(url, 'the engine')),
  ])
  const { options } = parseSpec(files.options?.trim() ? `model[${files.options}]` : 'model')
  const said = { config, preprocessor, options }
  const wasm = engines.wasm()
  const { model, bytes } = weights.name.endsWith('.onnx')
    ? await openExported(engines, wasm, weights, files.beside ?? [], said)
    : await openWeights(weights, said)
  const { backend, words } =
    engines.refused === undefined
      ? await chooseEngine(model, wasm, engines.webgpu, wish === 'fastest')
      : { backend: wasm, words: `WebAssembly; not WebGPU: ${engines.refused}` }
  explainer = explaining(
    {
      single: backend,
      double: bytes <= MOST_DOUBLED ? engines.wasm('double') : undefined,
      words: `${words}. ${plural(engines.threads, 'thread')}${crossOriginIsolated ? '' : ', as the server does not isolate this page from other origins'}.`,
    },
    model,
    answer,
  )
  answer({ kind: 'opened', model: explainer.opened })
  void keepOwnFiles()
}

interface Opened {
  readonly model: Model
  /** Of its weights as float32. */
  readonly bytes: number
}

interface Said {
  readonly config: unknown
  readonly preprocessor: unknown
  readonly options: SpecOptions
}

async function openWeights(weights: Bytes, said: Said): Promise<Opened> {
  const { arrays } = await openCheckpoint(weights)
  const bytes = [...arrays.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0)
  refuseTooLarge(weights, bytes)
  return { model: await modelFromBytes({ weights, ...said }), bytes }
}

/** Opens an exported graph and holds it against the same file in the same engine. */
async function openExported(
  { runtime, threads }: Engines,
  backend: Backend,
  graph: Bytes,
  beside: readonly File[],
  said: Said,
): Promise<Opened> {
  const named = (name: string) => {
    const file = beside.find(one => one.name === name)
    if (!file) throw new ModelError(`${graph.name}: its tensors are in ${name}; choose that file too`)
    return blobBytes(file.name, file)
  }
  const bytes = graph.size + beside.reduce((sum, { size }) => sum + size, 0)
  refuseTooLarge(graph, bytes)
  const model = await exportedFromBytes({
    graph,
    beside: named,
    ...said,
    async runners(input, weights) {
      const held = await Promise.all(beside.map(async file => [file.name, new Uint8Array(await file.arrayBuffer())]))
      const whole = await graph.read(0, graph.size)
      const session = await foreignSession(
        { runtime, engine: 'wasm', threads },
        { model: whole, bytes: () => whole, beside: Object.fromEntries(held) },
      )
      return { ...besideForeign(session, input, backend, weights), dispose: () => session.dispose() }
    },
  })
  return { model, bytes }
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
  if (asked.kind === 'open') return open(asked.model, asked.wish)
  if (!explainer) throw new Error('no model is open')
  if (asked.kind === 'look') return explainer.look(asked.picture, asked.id)
  const { question } = asked
  if (question < latest) return
  if (asked.kind === 'film') return explainer.film(question, asked.method, asked.target)
  return explainer.explain(question, asked.methods, asked.targets, () => question < latest, asked.precision)
}

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  if ('question' in data) latest = data.question
  line = line
    .then(() => work(data))
    .catch(error => answer({ kind: 'failed', while: data.kind, reason: reasonOf(error) }))
})
