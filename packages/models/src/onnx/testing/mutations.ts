import { fileURLToPath } from 'node:url'
import { openForeignSession, openOnnxNode } from '@vitrine/backends/onnx-node'
import { type HostTensor, program, type Weights } from '@vitrine/tensor'
import { memoryBytes } from '../../checkpoint/bytes.ts'
import { arrayOf, readArraySync } from '../../checkpoint/checkpoint.ts'
import { ModelError } from '../../errors.ts'
import { MUTATIONS, randomFrom } from '../../node/mutations.ts'
import { relativeError } from '../../testing.ts'
import { explainableModel } from '../explainable-model.ts'
import { openOnnxFile } from '../file.ts'
import { importGraph } from '../graph.ts'
import { selfCheck } from '../self-check.ts'
import { exportBytes, referenceImages } from '../testing.ts'
import { weightsOf } from '../weights.ts'

/** What became of damaged files: run as a program, so that the memory of the process is that of these files alone. */
export interface Outcome {
  readonly files: number
  /** Read, and refused by nothing. */
  readonly accepted: number
  readonly refused: number
  /** Read, and refused when they were held against ONNX Runtime, or since ONNX Runtime refuses them. */
  readonly checked: number
  /** Anything but a ModelError, with the number of the file. */
  readonly crashes: readonly string[]
  /** Accepted, and not what ONNX Runtime computes of the same bytes. */
  readonly wrong: readonly string[]
  /** Largest memory of the process, bytes. */
  readonly memory: number
  /** The longest that reading one file took, milliseconds of processor time. */
  readonly longest: number
}

// It holds its weights, so that any part of a file is damaged.
const SOUND = exportBytes('timm-vit', 'embedded')

type Backend = Awaited<ReturnType<typeof openOnnxNode>>

async function isRight(
  bytes: Uint8Array<ArrayBuffer>,
  backend: Backend,
  opened: Awaited<ReturnType<typeof open>>,
): Promise<boolean> {
  const { file, graph, name } = opened
  const arrays = weightsOf(file)
  const weights: Weights = {
    id: name,
    get: wanted => ({ shape: arrayOf(arrays, wanted).shape, data: readArraySync(arrayOf(arrays, wanted)) }),
  }
  const session = await openForeignSession(bytes)
  const run = async (computed: ReturnType<typeof program>, inputs: Readonly<Record<string, HostTensor>>) => {
    const executable = await backend.compile(computed, weights)
    try {
      return await executable.run(inputs)
    } finally {
      await executable.dispose()
    }
  }
  try {
    await selfCheck(
      file,
      graph,
      {},
      {
        file: image => session.run({ [graph.image.name]: image }),
        inside: (image, names) => session.inside(names, { [graph.image.name]: image }),
        program: run,
      },
    )
    // A third image, of which the check knows nothing.
    const image = { shape: [1, 3, 32, 32], data: referenceImages().slice(0, 3072) }
    const { placeholder, outputs } = graph.build(1)
    const [output = ['', placeholder] as const] = outputs
    const { y } = await run(program({ y: output[1] }), { image })
    const expected = (await session.run({ [graph.image.name]: image }))[output[0]]
    return relativeError(y?.data ?? [], expected?.data ?? []) < 1e-3
  } finally {
    await session.dispose()
  }
}

async function open(name: string, bytes: Uint8Array<ArrayBuffer>) {
  const file = await openOnnxFile(memoryBytes(name, bytes))
  const graph = await importGraph(file)
  explainableModel(graph, { mean: [0, 0, 0], std: [1, 1, 1], maxBatch: 1 })
  return { file, graph, name }
}

export async function runMutations(files: number): Promise<Outcome> {
  const backend = await openOnnxNode('cpu', { threads: 1 })
  const crashes: string[] = []
  const wrong: string[] = []
  let [accepted, refused, checked, longest] = [0, 0, 0, 0]
  for (let i = 0; i < files; i++) {
    const random = randomFrom(i)
    const mutate = MUTATIONS[random(MUTATIONS.length)] ?? ((same: Buffer) => same)
    const bytes = Uint8Array.from(mutate(Buffer.from(SOUND), random))
    const start = process.cpuUsage()
    const opened = await open(`damaged-${i}`, bytes).catch(error => {
      if (error instanceof ModelError && error.message.length < 2000) refused++
      else crashes.push(`file ${i}: ${error instanceof Error ? error.stack : error}`)
    })
    const { user, system } = process.cpuUsage(start)
    longest = Math.max(longest, (user + system) / 1000)
    if (!opened) continue
    try {
      if (await isRight(bytes, backend, opened)) accepted++
      else wrong.push(`file ${i}`)
    } catch (error) {
      const isRefusal = error instanceof ModelError || (error instanceof Error && error.name === 'BackendError')
      if (isRefusal) checked++
      else crashes.push(`file ${i}: ${error instanceof Error ? error.stack : error}`)
    }
  }
  await backend.dispose()
  return { files, accepted, refused, checked, crashes, wrong, longest, memory: process.resourceUsage().maxRSS * 1024 }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(JSON.stringify(await runMutations(Number(process.argv[2]))))
