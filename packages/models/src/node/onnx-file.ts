import { realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import { type OnnxFile, openOnnxFile } from '../onnx/file.ts'
import { type FileBytes, fileBytes } from './file-bytes.ts'

/** Opens an ONNX file of this machine, and the files beside it that hold its weights. */
export const openOnnxPath = (path: string): Promise<OnnxFile<FileBytes>> =>
  openOnnxFile(fileBytes(path), name => fileBeside(path, name))

/**
 * A file beside a model. Links that leave its folder are refused; in the hub's cache both are links into one folder.
 *
 * @throws ModelError
 */
function fileBeside(model: string, name: string): FileBytes {
  const path = join(dirname(model), name)
  const bytes = fileBytes(path)
  const real = realpathSync(path)
  const homes = [realpathSync(dirname(model)), dirname(realpathSync(model))]
  if (!homes.some(home => real.startsWith(home + sep)))
    throw new ModelError(`${model}: external data "${shown(name)}" is a link that leaves the model's folder`)
  return bytes
}
