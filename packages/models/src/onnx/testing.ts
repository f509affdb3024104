import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { memoryBytes, type SyncBytes } from '../checkpoint/bytes.ts'
import { openSafetensors, type TensorFile } from '../node/tensor-file.ts'
import { type OnnxFile, openOnnxFile } from './file.ts'

/** Exports of small models, and what torch computes with them: see `fixtures/onnx/make.py`. */
export const fixtureFolder = fileURLToPath(new URL('../../fixtures/onnx/', import.meta.url))

const folders = (): string[] =>
  readdirSync(fixtureFolder, { withFileTypes: true }).flatMap(entry => (entry.isDirectory() ? [entry.name] : []))

/** Every model, with the dialects that it is exported in. */
export const exportsOf: ReadonlyMap<string, readonly string[]> = new Map(
  folders()
    .sort()
    .map(model => [
      model,
      readdirSync(join(fixtureFolder, model))
        .filter(name => name.endsWith('.onnx.gz'))
        .map(name => name.replace('.onnx.gz', ''))
        .sort(),
    ]),
)

export const exportBytes = (model: string, dialect: string): Uint8Array =>
  gunzipSync(readFileSync(join(fixtureFolder, model, `${dialect}.onnx.gz`)))

export async function openExport(model: string, dialect: string): Promise<OnnxFile<SyncBytes>> {
  const beside = (name: string) => memoryBytes(name, readFileSync(join(fixtureFolder, model, name)))
  return openOnnxFile(memoryBytes(`${model}/${dialect}.onnx`, exportBytes(model, dialect)), beside)
}

/** Logits, gradient and attention of torch for the two images. */
export function expectedOf(model: string): TensorFile | undefined {
  const path = join(fixtureFolder, model, 'expected.safetensors')
  return existsSync(path) ? openSafetensors(path) : undefined
}

export const images = (): Float32Array => openSafetensors(join(fixtureFolder, 'image.safetensors')).read('image')
