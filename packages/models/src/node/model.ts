import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Weights } from '@vitrine/tensor'
import { FILE_OPTIONS, parseSpec, type SpecOptions } from '../architecture/spec.ts'
import { readClassNames } from '../checkpoint/class-names.ts'
import { type CheckpointModel, joinHashes, type Model, modelId, understand, weightsId } from '../checkpoint/model.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import { ModelError, UnknownModelError } from '../errors.ts'
import { fileBytes, hashFile, readJsonFile } from './file-bytes.ts'
import { float32Places } from './float32-copy.ts'
import { fetchModel, removeDamaged } from './hub/cache.ts'
import { parseRepository, type Repository } from './hub/names.ts'
import { type TensorFile, tensorFile } from './tensor-file.ts'

/** Models by id, each a folder with `model.safetensors` and `config.json`. */
const BUNDLED: Readonly<Record<string, { name: string; folder: URL }>> = {
  'icon-vit': {
    name: 'Icon ViT (8 blocks, 128 wide, 16 px patches)',
    folder: new URL('../../assets/icon-vit/', import.meta.url),
  },
}

export const modelIds: readonly string[] = Object.keys(BUNDLED)

/**
 * Opens a model: a bundled id, a file of weights or a folder with one, `hf:owner/name[@revision]` or `timm:NAME`. Options follow in
 * brackets, such as `model.pth[size=384]`: see `SpecOptions`. Relative paths start where the command was typed.
 *
 * @throws ModelError where there is no such model, or where its weights are not a supported Vision Transformer's
 *
 * @example
 * const model = await openModel('hf:google/vit-base-patch16-224')
 */
export async function openModel(spec: string): Promise<Model> {
  const { place, options: said } = parseSpec(spec)
  const here = process.env.INIT_CWD ?? process.cwd()
  const files = FILE_OPTIONS.flatMap(name => {
    const file = said[name]
    return file === undefined ? [] : [[name, resolve(here, file)] as const]
  })
  const options = { ...said, ...Object.fromEntries(files) }
  const bundled = Object.hasOwn(BUNDLED, place) ? BUNDLED[place] : undefined
  if (bundled) return readModel(place, bundled.name, fileURLToPath(bundled.folder), { ...options, spec })
  const repository = parseRepository(place)
  if (repository) return openRepository(repository, { ...options, spec })
  const path = resolve(here, place)
  if (!existsSync(path))
    throw new UnknownModelError(
      `unknown model "${place}"; known: ${modelIds.join(', ')}, a file or folder of weights, hf:owner/name, timm:NAME`,
    )
  return readModel(idOf(path), basename(path), path, { ...options, spec: path + spec.slice(place.length) })
}

/** Opens a model of the hub. Files of the cache that are cut or changed are loaded again, once. */
async function openRepository(
  repository: Repository,
  options: SpecOptions & { readonly spec: string },
): Promise<Model> {
  const { name, revision, file = '' } = repository
  const id = modelId([name, file.replace(/\.onnx$/, ''), revision === 'main' ? '' : revision].filter(Boolean).join('-'))
  const folder = await fetchModel(repository)
  try {
    return await readModel(id, name, join(folder, file), options)
  } catch (error) {
    if (!(await removeDamaged(folder))) throw error
    return readModel(id, name, join(await fetchModel(repository), file), options)
  }
}

/** The name of a checkpoint's file, or of its folder where the file's name says nothing, as an id. */
function idOf(path: string): string {
  const name = basename(path, statSync(path).isDirectory() ? '' : extname(path))
  const telling = /^(?:model|pytorch_model|checkpoint)$/.test(name) ? basename(dirname(path)) : name
  return modelId(telling)
}

/**
 * Reads a file of weights, or a folder with one, and the `config.json`, `preprocessor_config.json` and `accuracy.json` beside it, where
 * they are.
 */
export async function readModel(
  id: string,
  name: string,
  path: string,
  { spec = path, head, names, ...options }: SpecOptions & { readonly spec?: string } = {},
): Promise<CheckpointModel> {
  const file = statSync(path).isDirectory() ? weightFile(path) : path
  const folder = dirname(file)
  const beside = (name: string) => fileBytes(join(folder, name))
  const json = (name: string) => (existsSync(join(folder, name)) ? readJsonFile(join(folder, name)) : undefined)
  const weights = await openCheckpoint(fileBytes(file), beside)
  const classifier = head === undefined ? undefined : await openCheckpoint(fileBytes(head))
  const understood = understand({
    weights,
    ...(classifier && { head: classifier }),
    config: json('config.json'),
    preprocessor: json('preprocessor_config.json'),
    ...(names !== undefined && { classNames: readClassNames(textOf(names), names) }),
    options,
  })
  const sources = [...weights.sources, ...(classifier?.sources ?? [])]
  const hash = joinHashes(await Promise.all(sources.map(source => verifiedHash(source.path))))
  const accuracy = json('accuracy.json') as Model['accuracy']
  return {
    ...understood,
    id,
    name,
    spec,
    weights: fileWeights(tensorFile(understood.weights), weightsId(hash, understood.transformer)),
    hash,
    ...(accuracy && { accuracy }),
  }
}

const TEXT_BYTES = 8 * 2 ** 20

function textOf(path: string): string {
  const { size, readSync } = fileBytes(path)
  if (size > TEXT_BYTES) throw new ModelError(`${path}: expected at most ${TEXT_BYTES} bytes of names, got ${size}`)
  return new TextDecoder().decode(readSync(0, size))
}

/** SHA-256 of a file. In the hub's cache a file of weights is named by its hash, which must be right. */
async function verifiedHash(path: string): Promise<string> {
  const [hash, name] = [await hashFile(path), basename(realpathSync(path))]
  if (/^[0-9a-f]{64}$/.test(name) && name !== hash)
    throw new ModelError(`${path}: expected the hash ${name}, got ${hash}: the copy in the cache is damaged; remove it`)
  return hash
}

const WEIGHT_FILES = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
]

export const ENDINGS = ['.safetensors', '.pth', '.pt', '.bin', '.ckpt', '.tar']
// What a trainer keeps beside the weights.
const STATES = /^(?:optimizer|scheduler|scaler|rng_state|training_args|trainer_state)\b/

/** The file of weights in a folder: one of the usual names, or the only one of its kind. */
function weightFile(folder: string): string {
  const names = readdirSync(folder)
  const usual = WEIGHT_FILES.find(name => names.includes(name))
  const others = names.filter(name => ENDINGS.includes(extname(name)) && !STATES.test(name))
  const [only] = others
  if (usual === undefined && (only === undefined || others.length > 1))
    throw new ModelError(
      `${folder}: expected ${WEIGHT_FILES.join(', ')} or one file of weights (${ENDINGS.join(', ')}), got ${others.join(', ') || 'none'}; give the file's own path`,
    )
  return join(folder, usual ?? only ?? '')
}

/** Weights that are read from their file when they are asked for. */
export function fileWeights(file: TensorFile, id: string): Weights {
  return {
    id,
    get: name => ({ shape: file.shape(name), data: file.read(name) }),
    location: float32Places(file, id),
  }
}
