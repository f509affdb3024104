import type { Weights } from '@vitrine/tensor'
import type { SpecOptions } from '../architecture/spec.ts'
import { linearHead, textHead } from '../checkpoint/added-head.ts'
import type { Bytes } from '../checkpoint/bytes.ts'
import { readClassNames } from '../checkpoint/class-names.ts'
import { hashBytes, inMemory, joinHashes, type Model, namedByFile, weightsId } from '../checkpoint/model.ts'
import { type Beside, openCheckpoint } from '../checkpoint/open.ts'
import { openOnnxFile, type Runners, selfCheck } from '../onnx/index.ts'
import { understandExport } from './understand.ts'

/** An exported model in memory or in Blobs: its file, and what lies beside it. */
export interface ExportedBytes {
  readonly graph: Bytes
  /** A linear classifier for its features, or embeddings of texts. */
  readonly head?: Bytes
  readonly text?: Bytes
  readonly config?: unknown
  readonly preprocessor?: unknown
  /** The names of its classes: one a line, or JSON. */
  readonly names?: string
  readonly options?: SpecOptions
  /** Opens files that hold its tensors. */
  readonly beside?: Beside<Bytes>
  /** Opens what it is held against, for the graph's weights and the name of its input; without it the graph is taken as it is read. */
  readonly runners?: (input: string, weights: Weights) => Promise<Runners & { dispose(): Promise<void> }>
}

/**
 * Opens an exported model from bytes anywhere, a browser included. All of its weights are read into memory, as float32.
 *
 * @throws ModelError where the graph cannot be read, or where nothing says how pixels are normalised
 *
 * @example
 * const model = await exportedFromBytes({ graph: blobBytes(file.name, file), options: { mean: 'imagenet' } })
 */
export async function exportedFromBytes(given: ExportedBytes): Promise<Model> {
  const { head, text, names, beside, runners, config, preprocessor, options = {} } = given
  const graph = await openOnnxFile(given.graph, beside)
  const added = head ? linearHead(await openCheckpoint(head)) : text && textHead(await openCheckpoint(text))
  const sources = [...graph.sources, ...(added?.sources ?? [])]
  const hash = joinHashes(await Promise.all(sources.map(hashBytes)))
  let held: Weights | undefined
  const { weights, ...understood } = await understandExport({
    graph,
    head: added,
    config,
    preprocessor,
    classNames: names === undefined ? undefined : readClassNames(names, 'names'),
    options,
    check:
      runners &&
      (async ({ file, graph: imported, said, weights: arrays }) => {
        held = await inMemory(arrays, weightsId(hash, { input: { imageSize: imported.image.size } }))
        const opened = await runners(imported.image.name, held)
        try {
          return await selfCheck(file, imported, said, opened)
        } finally {
          await opened.dispose()
        }
      }),
  })
  return {
    ...understood,
    ...namedByFile(given.graph.name),
    hash,
    weights: held ?? (await inMemory(weights, weightsId(hash, understood.transformer))),
  }
}
