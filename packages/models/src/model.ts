import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HostTensor } from '@vitrine/tensor'
import { float32Places } from './checkpoint/float32-copy.ts'
import { withHead } from './checkpoint/head.ts'
import { openCheckpoint } from './checkpoint/open.ts'
import { stateDict } from './checkpoint/state-dict.ts'
import { type ByteRange, hashFile, type TensorFile } from './checkpoint/tensor-file.ts'
import { describe, HALF, IMAGENET, type KnownFact } from './describe.ts'
import { ModelError, UnknownModelError } from './errors.ts'
import { configHints, type Fit, type Hints, preprocessorHints } from './hints.ts'
import { fetchModel } from './hub/cache.ts'
import { parseRepository } from './hub/names.ts'
import { parseSpec, type SpecOptions } from './spec.ts'
import { type VisionTransformer, visionTransformer } from './vision-transformer.ts'

/** The weights of a model, looked up by name; a backend may read them straight from the file. */
export interface ModelWeights {
  /** The same for equal weights: a content hash, and the size of the images that positions were brought to. */
  readonly id: string
  get(name: string): HostTensor
  location(name: string): ByteRange | undefined
}

/** A model that can be run: its program, its weights and what is known of it. */
export interface Model {
  /** Lower-case letters, digits, `.`, `_` and `-`. */
  readonly id: string
  readonly name: string
  /** What `openModel` opens again. */
  readonly spec: string
  readonly transformer: VisionTransformer
  readonly weights: ModelWeights
  readonly classNames: readonly string[]
  /** SHA-256 of the weight file; of a checkpoint in several files, of their hashes. */
  readonly hash: string
  /** ViT, DeiT, DINOv2, … */
  readonly family: string
  /** How a picture of any size becomes one of the model's. */
  readonly fit: Fit
  /** What was recognised and where each fact is from. */
  readonly facts: readonly KnownFact[]
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
  const options = { ...said, ...(said.head !== undefined && { head: resolve(here, said.head) }) }
  const bundled = BUNDLED[place]
  if (bundled) return readModel(place, bundled.name, fileURLToPath(bundled.folder), { ...options, spec })
  const repository = parseRepository(place)
  if (repository) {
    const { name, revision } = repository
    const id = slug(revision === 'main' ? name : `${name}-${revision}`)
    return readModel(id, name, await fetchModel(name, revision), { ...options, spec })
  }
  const path = resolve(here, place)
  if (!existsSync(path))
    throw new UnknownModelError(
      `unknown model "${place}"; known: ${modelIds.join(', ')}, a file or folder of weights, hf:owner/name, timm:NAME`,
    )
  return readModel(idOf(path), basename(path), path, { ...options, spec: path + spec.slice(place.length) })
}

/** The name of a checkpoint's file, or of its folder where the file's name says nothing, as an id. */
function idOf(path: string): string {
  const name = basename(path, statSync(path).isDirectory() ? '' : extname(path))
  const telling = /^(?:model|pytorch_model|checkpoint)$/.test(name) ? basename(dirname(path)) : name
  return slug(telling)
}

function slug(name: string): string {
  const text = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-')
  return text.replace(/^[^a-z0-9_]+|\.+$/g, '') || 'model'
}

/**
 * Reads a file of weights, or a folder with one, and the `config.json`, `preprocessor_config.json` and `accuracy.json` beside it, where
 * they are.
 */
export async function readModel(
  id: string,
  name: string,
  path: string,
  { spec = path, size, heads, mean, head }: SpecOptions & { readonly spec?: string } = {},
): Promise<Model> {
  const file = statSync(path).isDirectory() ? weightFile(path) : path
  const folder = dirname(file)
  const [config, preprocessor] = [join(folder, 'config.json'), join(folder, 'preprocessor_config.json')]
  const hints: Hints[] = [
    {
      ...(heads !== undefined && { heads: { value: heads, from: 'asked for' } }),
      ...(mean !== undefined && {
        mean: { value: (mean === 'half' ? HALF : IMAGENET).mean, from: 'asked for' },
        std: { value: (mean === 'half' ? HALF : IMAGENET).std, from: 'asked for' },
      }),
    },
    ...(existsSync(preprocessor) ? [preprocessorHints(readJson(preprocessor), 'preprocessor_config.json')] : []),
    ...(existsSync(config) ? [configHints(readJson(config), 'config.json')] : []),
  ]
  const parts = [await openCheckpoint(file), ...(head === undefined ? [] : [await openCheckpoint(head)])]
  const [backbone, classifier] = parts
  if (!backbone) throw new ModelError(`${path}: no weights`)
  const described = describe(stateDict(classifier ? withHead(backbone, classifier) : backbone), hints, {
    ...(size && { size }),
    separateHead: classifier !== undefined,
  })
  const hash = await hashAll(parts.flatMap(part => part.files))
  const accuracyFile = join(folder, 'accuracy.json')
  const accuracy = existsSync(accuracyFile) ? (readJson(accuracyFile) as Model['accuracy']) : undefined
  const { classNames, classes, imageSize } = described.config
  return {
    id,
    name,
    spec,
    transformer: visionTransformer(described.config),
    weights: fileWeights(described.weights, `${hash} ${imageSize.height}x${imageSize.width}`),
    classNames: classNames ?? Array.from({ length: classes }, (_, i) => `class ${i}`),
    hash,
    family: described.family,
    fit: described.fit,
    facts: described.facts,
    ...(accuracy && { accuracy }),
  }
}

const WEIGHT_FILES = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
]

/** The file of weights in a folder: one of the usual names, or the only one of its kind. */
function weightFile(folder: string): string {
  const names = readdirSync(folder)
  const usual = WEIGHT_FILES.find(name => names.includes(name))
  const others = names.filter(name => ['.safetensors', '.pth', '.pt', '.bin'].includes(extname(name)))
  const [only] = others
  if (usual === undefined && (only === undefined || others.length > 1))
    throw new ModelError(
      `${folder}: expected ${WEIGHT_FILES.join(', ')} or one file of weights, got ${others.join(', ') || 'none'}`,
    )
  return join(folder, usual ?? only ?? '')
}

/** Weights that are read from their file when they are asked for. */
export function fileWeights(file: TensorFile, id: string): ModelWeights {
  return {
    id,
    get: name => ({ shape: file.shape(name), data: file.read(name) }),
    location: float32Places(file, id),
  }
}

async function hashAll(files: readonly string[]): Promise<string> {
  const hashes = await Promise.all(files.map(hashFile))
  const [first] = hashes
  return hashes.length === 1 && first !== undefined
    ? first
    : createHash('sha256').update(hashes.join(' ')).digest('hex')
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ModelError(`${path}: ${error instanceof Error ? error.message : error}`)
  }
}
