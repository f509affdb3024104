import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { HostTensor } from '@vitrine/tensor'
import { parameterShapes, parseConfig, type VisionTransformerConfig } from './config.ts'
import { ModelError } from './errors.ts'
import { type ByteRange, hashFile, openSafetensors, type TensorFile } from './safetensors.ts'
import { type VisionTransformer, visionTransformer } from './vision-transformer.ts'

/** The weights of a model, looked up by name; a backend may read them straight from the file. */
export interface ModelWeights {
  /** Content hash. */
  readonly id: string
  get(name: string): HostTensor
  location(name: string): ByteRange | undefined
}

/** A model that can be run: its program, its weights and what is known of it. */
export interface Model {
  readonly id: string
  readonly name: string
  readonly transformer: VisionTransformer
  readonly weights: ModelWeights
  readonly classNames: readonly string[]
  /** SHA-256 of the weight file. */
  readonly hash: string
  /** Measured top-1 accuracy on named data, where known. */
  readonly accuracy?: Readonly<Record<string, number>>
}

/** Models by id, each a folder with `model.safetensors` and `config.json`. */
const BUNDLED: Readonly<Record<string, { name: string; folder: URL }>> = {
  'icon-vit': {
    name: 'Icon ViT (8 blocks, 128 wide, 16 px patches)',
    folder: new URL('../assets/icon-vit/', import.meta.url),
  },
}

export const modelIds: readonly string[] = Object.keys(BUNDLED)

/** Opens a bundled model. An unknown id throws a ModelError that lists the known ones. */
export async function openModel(id: string): Promise<Model> {
  const entry = BUNDLED[id]
  if (!entry) throw new ModelError(`unknown model "${id}"; known: ${modelIds.join(', ')}`)
  return readModel(id, entry.name, fileURLToPath(entry.folder))
}

/** Reads a model folder: `model.safetensors` with timm's names, `config.json`, and `accuracy.json` where there is one. */
export async function readModel(id: string, name: string, folder: string): Promise<Model> {
  const config = parseConfig(readJson(`${folder}/config.json`), `${folder}/config.json`)
  const file = openSafetensors(`${folder}/model.safetensors`)
  checkParameters(file, config)
  const hash = await hashFile(file.path)
  const accuracy = readJson(`${folder}/accuracy.json`, true) as Model['accuracy']
  return {
    id,
    name,
    transformer: visionTransformer(config),
    weights: fileWeights(file, hash),
    classNames: config.classNames ?? Array.from({ length: config.classes }, (_, i) => `class ${i}`),
    hash,
    ...(accuracy && { accuracy }),
  }
}

/** Weights that are read from a safetensors file when they are asked for. */
export function fileWeights(file: TensorFile, id: string): ModelWeights {
  return {
    id,
    get: name => ({ shape: file.shape(name), data: file.read(name) }),
    location: name => (file.dtype(name) === 'F32' ? file.range(name) : undefined),
  }
}

function checkParameters(file: TensorFile, config: VisionTransformerConfig): void {
  const expected = parameterShapes(config)
  for (const [name, shape] of expected) {
    if (!file.names.includes(name)) throw new ModelError(`${file.path}: missing "${name}" [${shape.join(', ')}]`)
    const found = file.shape(name)
    if (found.join() !== shape.join())
      throw new ModelError(`${file.path}: ${name}: expected [${shape.join(', ')}], got [${found.join(', ')}]`)
  }
  const surplus = file.names.filter(name => !expected.has(name))
  if (surplus.length > 0) throw new ModelError(`${file.path}: no place for ${surplus.slice(0, 5).join(', ')}`)
}

function readJson(path: string, optional = false): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (optional && error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new ModelError(`${path}: ${error instanceof Error ? error.message : error}`)
  }
}
