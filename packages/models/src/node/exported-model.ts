import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { SpecOptions } from '../architecture/spec.ts'
import { linearHead, textHead } from '../checkpoint/added-head.ts'
import { readClassNames } from '../checkpoint/class-names.ts'
import { joinHashes, type Model, weightsId } from '../checkpoint/model.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import { ModelError } from '../errors.ts'
import { understandExport } from '../exported/understand.ts'
import { openOnnxFile } from '../onnx/file.ts'
import { type FileBytes, fileBytes, readJsonFile, readTextFile, verifiedHash } from './file-bytes.ts'
import { fileWeights } from './float32-copy.ts'
import { tensorFile } from './tensor-file.ts'

/**
 * Reads an exported model (ONNX), the files beside it that hold its tensors, and the `config.json` and `preprocessor_config.json` beside it
 * or, where its folder is called `onnx`, in the one around it.
 */
export async function readExported(
  id: string,
  name: string,
  path: string,
  { spec = path, head, text, names, ...options }: SpecOptions & { readonly spec?: string } = {},
): Promise<Model> {
  if (head !== undefined && text !== undefined) throw new ModelError(`${path}: expected head= or text=, got both`)
  const graph = await openOnnxFile(fileBytes(path), besideOf(path))
  const added = head ?? text
  const file = added === undefined ? undefined : await openCheckpoint(fileBytes(added))
  const understood = await understandExport({
    graph,
    head: file && (head === undefined ? textHead(file) : linearHead(file)),
    config: jsonBeside(path, 'config.json'),
    preprocessor: jsonBeside(path, 'preprocessor_config.json'),
    classNames: names === undefined ? undefined : readClassNames(readTextFile(names), names),
    options,
  })
  const sources = [...graph.sources, ...(file?.sources ?? [])]
  const hash = joinHashes(await Promise.all(sources.map(source => verifiedHash(source.path))))
  const { arrays, ...model } = understood
  const weights = tensorFile({ name: path, sources, arrays })
  return { ...model, id, name, spec, hash, weights: fileWeights(weights, weightsId(hash, model.transformer)) }
}

/** Opens files beside a model. One that a link leads out of its folder is refused, unless the model itself is a link to the same place. */
function besideOf(path: string): (name: string) => FileBytes {
  const folders = [realpathSync(dirname(path)), dirname(realpathSync(path))]
  return name => {
    const file = join(dirname(path), name)
    if (!existsSync(file))
      throw new ModelError(`${path}: its tensors lie in ${name}, which is not there: put it beside the model`)
    const real = realpathSync(file)
    if (!folders.some(folder => real.startsWith(join(folder, '/'))))
      throw new ModelError(`${path}: external data "${name}" leads out of the folder of the model, to ${real}`)
    return fileBytes(file)
  }
}

function jsonBeside(path: string, name: string): unknown {
  const folder = dirname(path)
  const folders = basename(folder) === 'onnx' ? [folder, dirname(folder)] : [folder]
  const found = folders.map(one => join(one, name)).find(existsSync)
  return found === undefined ? undefined : readJsonFile(found)
}
