import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { HostTensor, Weights } from '@vitrine/tensor'
import type { Fit } from '../architecture/preprocess.ts'
import { requireOptionsOf, type SpecOptions } from '../architecture/spec.ts'
import { visionTransformer } from '../architecture/vision-transformer.ts'
import { ModelError } from '../errors.ts'
import type { ExplainableModel, ModelInput } from '../explainable.ts'
import { holdsTexts, textHead } from './added-head.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, readArray } from './checkpoint.ts'
import { type Asked, type CheckpointTransformer, type Described, describe } from './describe.ts'
import { describeSwin } from './describe-swin.ts'
import type { KnownFact } from './facts.ts'
import { withHead } from './head.ts'
import { configHints, type Fact, type Hints, preprocessorHints } from './hints.ts'
import { type Beside, openCheckpoint } from './open.ts'
import { type StateDict, stateDict } from './state-dict.ts'
import { swinVersion } from './swin-arrays.ts'

/** A model that can be run: its program, its weights and what is known of it. */
export interface Model {
  /** Lower-case letters, digits, `.`, `_` and `-`. */
  readonly id: string
  readonly name: string
  /** What `openModel` opens again. */
  readonly spec: string
  readonly transformer: ExplainableModel
  readonly weights: Weights
  readonly classNames: readonly string[]
  /** Whether the names are its own; if not, they are `class 0` and so on. */
  readonly hasClassNames: boolean
  /** SHA-256 of the weight file; of a checkpoint in several files, of their hashes. */
  readonly hash: string
  /** ViT, DeiT, DINOv2, … */
  readonly family: string
  /** How a picture of any size becomes one of the model's. */
  readonly fit: Fit
  /** What was recognised and where each fact is from. */
  readonly facts: readonly KnownFact[]
  /** What was assumed and changes numbers if it is wrong, and what to do to be sure; empty where nothing was. */
  readonly cautions: readonly string[]
  /** Set where a model without a head was asked for: its scores are the numbers of its embedding. */
  readonly isHeadless?: boolean
  /** Measured top-1 accuracy on named data, where known. */
  readonly accuracy?: Readonly<Record<string, number>>
}

/** A model whose weights are those of a Vision Transformer. */
export interface CheckpointModel extends Model {
  readonly transformer: CheckpointTransformer
}

/** The files of a model, opened, and what is said about it. */
export interface ModelFiles<B extends Bytes = Bytes> {
  readonly weights: Checkpoint<B>
  /** The linear classifier of a model that has none, or, of CLIP's kind, the embeddings of the texts that are its classes. */
  readonly head?: Checkpoint<B>
  /** The contents of config.json and preprocessor_config.json. */
  readonly config?: unknown
  readonly preprocessor?: unknown
  /** The names of its classes, where a file of its own says them. */
  readonly classNames?: Fact<readonly string[]>
  readonly options?: SpecOptions
  /** Whether a model without a head is read: its scores are the numbers of its embedding. It is refused otherwise. */
  readonly headless?: boolean
}

/** What the files of a model say, without a word on where they are from. */
export interface UnderstoodModel<B extends Bytes = Bytes>
  extends Pick<
    CheckpointModel,
    'transformer' | 'classNames' | 'hasClassNames' | 'family' | 'fit' | 'facts' | 'cautions' | 'isHeadless'
  > {
  /** The arrays under the names and in the shapes of the program's parameters. */
  readonly weights: Described<B>['weights']
}

/** Makes a model's program of its files. Throws a ModelError where they are no supported Vision Transformer's. */
export function understand<B extends Bytes>(files: ModelFiles<B>): UnderstoodModel<B> {
  const { weights, head, config, preprocessor, classNames: named, options = {}, headless = false } = files
  requireOptionsOf('checkpoint', options)
  const hints: Hints[] = [
    ...(named ? [{ classNames: named }] : []),
    ...(preprocessor === undefined ? [] : [preprocessorHints(preprocessor, 'preprocessor_config.json')]),
    ...(config === undefined ? [] : [configHints(config, 'config.json')]),
  ]
  const texts = head && holdsTexts(head) ? textHead(head) : undefined
  const whole = head && !texts ? withHead(weights, head) : weights
  const described = describeAny(stateDict(whole, options.weights), hints, {
    ...options,
    separateHead: whole !== weights,
    ...(texts && { texts }),
    headless,
  })
  const { transformer, classNames, head: kind } = described
  const isHeadless = kind.kind === 'none'
  const unnamed = isHeadless ? 'feature' : 'class'
  return {
    transformer,
    weights: described.weights,
    classNames: classNames ?? Array.from({ length: transformer.classes }, (_, i) => `${unnamed} ${i}`),
    hasClassNames: classNames !== undefined,
    ...(isHeadless && { isHeadless }),
    family: described.family,
    fit: described.fit,
    facts: described.facts,
    cautions: described.facts.flatMap(({ caution }) => (caution === undefined ? [] : [caution])),
  }
}

function describeAny<B extends Bytes>(weights: StateDict<B>, hints: readonly Hints[], asked: Asked<B>): Described<B> {
  const version = swinVersion(weights)
  if (version) return describeSwin(weights, version, hints, asked)
  const { config, ...known } = describe(weights, hints, asked)
  const { head = { kind: 'linear' }, classNames } = config
  return { ...known, transformer: visionTransformer(config), head, classNames }
}

/** A model in memory or in Blobs: its file of weights, and what lies beside it. */
export interface ModelBytes {
  readonly weights: Bytes
  readonly head?: Bytes
  readonly config?: unknown
  readonly preprocessor?: unknown
  readonly options?: SpecOptions
  /** Opens the shards that the weights, an index, name. */
  readonly beside?: Beside<Bytes>
}

/**
 * Opens a model from bytes anywhere, a browser included. All of its weights are read into memory, as float32.
 *
 * @throws ModelError where the weights are not a supported Vision Transformer's
 *
 * @example
 * const model = await modelFromBytes({ weights: blobBytes(file.name, file), options: { heads: 6 } })
 */
export async function modelFromBytes({ weights, head, beside, ...said }: ModelBytes): Promise<CheckpointModel> {
  const parts = [await openCheckpoint(weights, beside), ...(head ? [await openCheckpoint(head)] : [])] as const
  const understood = understand({ ...said, weights: parts[0], ...(parts[1] && { head: parts[1] }) })
  const hash = joinHashes(await Promise.all(parts.flatMap(part => part.sources).map(hashBytes)))
  return {
    ...understood,
    ...namedByFile(weights.name),
    hash,
    weights: await inMemory(understood.weights, weightsId(hash, understood.transformer)),
  }
}

/** What a model is called that has nothing but a file. */
export function namedByFile(path: string): Pick<Model, 'id' | 'name' | 'spec'> {
  const file = path.split(/[\\/]/).at(-1) ?? ''
  return { id: modelId(file.replace(/\.\w+$/, '')), name: file, spec: file }
}

/** Weights that are read at once. */
export async function inMemory(checkpoint: Checkpoint, id: string): Promise<Weights> {
  const arrays = new Map<string, HostTensor>()
  for (const [name, array] of checkpoint.arrays) arrays.set(name, { shape: array.shape, data: await readArray(array) })
  return {
    id,
    get(name) {
      const found = arrays.get(name)
      if (!found) throw new ModelError(`${checkpoint.name}: no tensor "${name}"`)
      return found
    },
    location: () => undefined,
  }
}

/** A name as the id of a model. */
export function modelId(name: string): string {
  const text = name.toLowerCase().replace(/[^a-z0-9._-]+/g, '-')
  return text.replace(/^[^a-z0-9_]+|\.+$/g, '') || 'model'
}

/** The identity of weights: their content, and the grid to which positions were brought. */
export function weightsId(
  hash: string,
  { input: { imageSize } }: { readonly input: Pick<ModelInput, 'imageSize'> },
): string {
  return `${hash} ${imageSize.height}x${imageSize.width}`
}

const HASHED_AT_ONCE = 4 * 2 ** 20

/** SHA-256 of bytes, as hex. */
export async function hashBytes(bytes: Bytes): Promise<string> {
  const hash = sha256.create()
  for (let at = 0; at < bytes.size; at += HASHED_AT_ONCE)
    hash.update(await bytes.read(at, Math.min(HASHED_AT_ONCE, bytes.size - at)))
  return bytesToHex(hash.digest())
}

/** The hash of a model in several files, from theirs; that of a model in one file is the file's. */
export function joinHashes(hashes: readonly string[]): string {
  const [first] = hashes
  return hashes.length === 1 && first !== undefined ? first : bytesToHex(sha256(utf8ToBytes(hashes.join(' '))))
}
