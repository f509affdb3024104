import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Weights } from '@vitrine/tensor'
import type { Size } from '../architecture/config.ts'
import { idWith, type SpecOptions } from '../architecture/spec.ts'
import { linearHead, textHead } from '../checkpoint/added-head.ts'
import type { Checkpoint } from '../checkpoint/checkpoint.ts'
import { readClassNames } from '../checkpoint/class-names.ts'
import { joinHashes, type Model, weightsId } from '../checkpoint/model.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import { ModelError } from '../errors.ts'
import { understandExport } from '../exported/understand.ts'
import { type Runners, selfCheck } from '../onnx/index.ts'
import { type FileBytes, fileBytes, readJsonFile, readTextFile, verifiedHash } from './file-bytes.ts'
import { fileWeights } from './float32-copy.ts'
import { keptCheck } from './onnx-check.ts'
import { openOnnxPath } from './onnx-file.ts'
import { tensorFile } from './tensor-file.ts'

/**
 * What an exported model is held against when it is first opened: its file in ONNX Runtime, by the path and the name of its input, and
 * programs with its weights on any engine.
 */
export type OpenRunners = (
  path: string,
  input: string,
  weights: Weights,
) => Promise<Runners & { dispose(): Promise<void> }>

/** What is said of a model in brackets, and what it is held against. */
export interface ReadOptions extends SpecOptions {
  readonly spec?: string
  readonly runners?: OpenRunners | undefined
  /** Whether a checkpoint without a head is read; an exported graph says by its outputs what its scores are. */
  readonly headless?: boolean
}

/**
 * Reads an exported model (ONNX), the files beside it that hold its tensors, and the `config.json` and `preprocessor_config.json` beside it
 * or, where its folder is called `onnx`, in the one around it.
 */
export async function readExported(
  id: string,
  name: string,
  path: string,
  { spec = path, head, text, names, runners, headless: _, ...options }: ReadOptions = {},
): Promise<Model> {
  if (head !== undefined && text !== undefined) throw new ModelError(`${path}: expected head= or text=, got both`)
  const graph = await openOnnxPath(path)
  const added = head ?? text
  const file = added === undefined ? undefined : await openCheckpoint(fileBytes(added))
  const sources = [...graph.sources, ...(file?.sources ?? [])]
  const hash = joinHashes(await Promise.all(sources.map(source => verifiedHash(source.path))))
  const weightsOf = (arrays: Checkpoint<FileBytes>, imageSize: Size): Weights =>
    fileWeights(tensorFile(arrays), weightsId(hash, { input: { imageSize } }))
  const { weights, ...model } = await understandExport<FileBytes>({
    graph,
    head: file && (head === undefined ? textHead(file) : linearHead(file)),
    config: jsonBeside(path, 'config.json'),
    preprocessor: jsonBeside(path, 'preprocessor_config.json'),
    classNames: names === undefined ? undefined : readClassNames(readTextFile(names), names),
    options,
    check:
      runners &&
      (({ file, graph: imported, said, weights }) =>
        keptCheck([hash, said.output ?? '', JSON.stringify(imported.image.size)], async () => {
          const opened = await runners(path, imported.image.name, weightsOf(weights, imported.image.size))
          try {
            return await selfCheck(file, imported, said, opened)
          } finally {
            await opened.dispose()
          }
        })),
  })
  return {
    ...model,
    id: idWith(id, options),
    name,
    spec,
    hash,
    weights: weightsOf(weights, model.transformer.input.imageSize),
  }
}

function jsonBeside(path: string, name: string): unknown {
  const folder = dirname(path)
  const folders = basename(folder) === 'onnx' ? [folder, dirname(folder)] : [folder]
  const found = folders.map(one => join(one, name)).find(existsSync)
  return found === undefined ? undefined : readJsonFile(found)
}
