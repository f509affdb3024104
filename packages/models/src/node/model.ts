import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FILE_OPTIONS, idWith, parseSpec, type SpecOptions } from '../architecture/spec.ts'
import { readClassNames } from '../checkpoint/class-names.ts'
import { looksExported } from '../checkpoint/file-kinds.ts'
import { type CheckpointModel, joinHashes, type Model, modelId, understand, weightsId } from '../checkpoint/model.ts'
import { openCheckpoint } from '../checkpoint/open.ts'
import { ModelError, UnknownModelError } from '../errors.ts'
import { EXPORTED_FILES } from './exported-files.ts'
import { type ReadOptions, readExported } from './exported-model.ts'
import { fileBytes, readJsonFile, readTextFile, verifiedHash } from './file-bytes.ts'
import { fileWeights } from './float32-copy.ts'
import { fetchModel, removeDamaged } from './hub/cache.ts'
import { parseRepository, type Repository } from './hub/names.ts'
import { tensorFile } from './tensor-file.ts'

/** Models by id, each a folder with `model.safetensors` and `config.json`. */
const BUNDLED: Readonly<Record<string, { name: string; folder: URL }>> = {
  'icon-vit': {
    name: 'Icon ViT (8 blocks, 128 wide, 16 px patches)',
    folder: new URL('../../assets/icon-vit/', import.meta.url),
  },
}

export const modelIds: readonly string[] = Object.keys(BUNDLED)

const bundledAs = (place: string) => (Object.hasOwn(BUNDLED, place) ? BUNDLED[place] : undefined)

/** Where the command was typed. */
const here = (): string => process.env.INIT_CWD ?? process.cwd()

/**
 * Opens a model: a bundled id, a file of weights, an exported model (ONNX) or a folder with one, `hf:owner/name[@revision]` or `timm:NAME`. Options follow in
 * brackets, such as `model.pth[size=384]`: see `SpecOptions`. Relative paths start where the command was typed.
 *
 * @param headless whether a backbone or a tower without a head is opened all the same: its scores are the numbers of its embedding
 * @param runners what an exported model is held against when it is first opened; without them it is taken as it is read
 *
 * @throws ModelError where there is no such model, or where its weights are not a supported Vision Transformer's
 *
 * @example
 * const model = await openModel('hf:google/vit-base-patch16-224')
 */
export async function openModel(
  spec: string,
  { runners, headless = false }: Pick<ReadOptions, 'runners' | 'headless'> = {},
): Promise<Model> {
  const { place, options: said } = parseSpec(spec)
  const files = FILE_OPTIONS.flatMap(name => {
    const file = said[name]
    return file === undefined ? [] : [[name, resolve(here(), file)] as const]
  })
  const options = { ...said, ...Object.fromEntries(files), runners, headless }
  const bundled = bundledAs(place)
  if (bundled) return read(place, bundled.name, fileURLToPath(bundled.folder), { ...options, spec })
  const repository = parseRepository(place)
  if (repository) return openRepository(repository, { ...options, spec })
  const path = resolve(here(), place)
  if (!existsSync(path))
    throw new UnknownModelError(
      `unknown model "${place}"; known: ${modelIds.join(', ')}, a file or folder of weights, an ONNX file, hf:owner/name, timm:NAME`,
    )
  return read(idOf(path), basename(path), path, { ...options, spec: path + spec.slice(place.length) })
}

/** The file of weights that a spec names, downloaded where that is needed, and what the spec says of it. */
export async function weightsFile(spec: string): Promise<{ readonly file: string; readonly options: SpecOptions }> {
  const { place, options } = parseSpec(spec)
  const repository = parseRepository(place)
  const bundled = bundledAs(place)
  const path = repository
    ? join(await fetchModel(repository), repository.file ?? '')
    : bundled
      ? fileURLToPath(bundled.folder)
      : resolve(here(), place)
  if (!existsSync(path)) throw new UnknownModelError(`unknown model "${place}": no such file or folder`)
  return { file: statSync(path).isDirectory() ? modelFile(path) : path, options }
}

/** Opens a model of the hub. Files of the cache that are cut or changed are loaded again, once. */
async function openRepository(
  repository: Repository,
  options: ReadOptions & { readonly spec: string },
): Promise<Model> {
  const { name, revision, file = '' } = repository
  const id = modelId([name, file.replace(/\.onnx$/, ''), revision === 'main' ? '' : revision].filter(Boolean).join('-'))
  const folder = await fetchModel(repository)
  try {
    return await read(id, name, join(folder, file), options)
  } catch (error) {
    if (!(await removeDamaged(folder))) throw error
    return read(id, name, join(await fetchModel(repository), file), options)
  }
}

/** The name of a checkpoint's file, or of its folder where the file's name says nothing, as an id. */
function idOf(path: string): string {
  const name = basename(path, statSync(path).isDirectory() ? '' : extname(path))
  if (!/^(?:model|pytorch_model|checkpoint)$/.test(name)) return modelId(name)
  const folder = dirname(path)
  return modelId(basename(basename(folder) === 'onnx' ? dirname(folder) : folder))
}

/** Whether a file is an exported model, by its first bytes or its name. */
export function isExported(file: string): boolean {
  const { size, readSync } = fileBytes(file)
  return looksExported(String.fromCharCode(...readSync(0, Math.min(size, 8))), file)
}

/** Reads a file of weights or an exported model, or a folder with one, each by its kind. */
async function read(
  id: string,
  name: string,
  path: string,
  options: ReadOptions & { readonly spec: string },
): Promise<Model> {
  const file = statSync(path).isDirectory() ? modelFile(path) : path
  return isExported(file) ? readExported(id, name, file, options) : readModel(id, name, file, options)
}

/**
 * Reads a file of weights, or a folder with one, and the `config.json`, `preprocessor_config.json` and `accuracy.json` beside it, where
 * they are.
 */
export async function readModel(
  id: string,
  name: string,
  path: string,
  { spec = path, head: linear, text, names, headless = false, runners: _, ...options }: ReadOptions = {},
): Promise<CheckpointModel> {
  if (linear !== undefined && text !== undefined) throw new ModelError(`${path}: expected head= or text=, got both`)
  const head = linear ?? text
  const file = statSync(path).isDirectory() ? modelFile(path) : path
  const folder = dirname(file)
  const beside = (name: string) => fileBytes(join(folder, name))
  const json = (name: string) => (existsSync(join(folder, name)) ? readJsonFile(join(folder, name)) : undefined)
  const weights = await openCheckpoint(fileBytes(file), beside)
  const classifier = head === undefined ? undefined : await openCheckpoint(fileBytes(head))
  const understood = understand({
    weights,
    ...(classifier && { head: classifier }),
    config: json('config.json') ?? json('open_clip_config.json'),
    preprocessor: json('preprocessor_config.json'),
    ...(names !== undefined && { classNames: readClassNames(readTextFile(names), names) }),
    options,
    headless,
  })
  const sources = [...weights.sources, ...(classifier?.sources ?? [])]
  const hash = joinHashes(await Promise.all(sources.map(source => verifiedHash(source.path))))
  const accuracy = json('accuracy.json') as Model['accuracy']
  return {
    ...understood,
    id: idWith(id, options),
    name,
    spec,
    weights: fileWeights(tensorFile(understood.weights), weightsId(hash, understood.transformer)),
    hash,
    ...(accuracy && { accuracy }),
  }
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

/** The file of weights in a folder: one of the usual names, or the only one of its kind; where there is none, an exported model. */
function modelFile(folder: string): string {
  const names = readdirSync(folder)
  const usual = WEIGHT_FILES.find(name => names.includes(name))
  const others = names.filter(name => ENDINGS.includes(extname(name)) && !STATES.test(name))
  const [only] = others
  const exported = EXPORTED_FILES.find(name => existsSync(join(folder, name)))
  if (usual === undefined && only === undefined && exported !== undefined) return join(folder, exported)
  if (usual === undefined && (only === undefined || others.length > 1))
    throw new ModelError(
      `${folder}: expected ${WEIGHT_FILES.join(', ')} or one file of weights (${ENDINGS.join(', ')}, .onnx), got ${others.join(', ') || 'none'}; give the file's own path`,
    )
  return join(folder, usual ?? only ?? '')
}
