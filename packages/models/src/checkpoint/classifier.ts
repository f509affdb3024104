import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, type CheckpointArray, derived } from './checkpoint.ts'
import type { Numbers } from './dtypes.ts'

/** A linear classifier: `weight` is [classes, features], `bias` [classes]. */
export interface Classifier<B extends Bytes> {
  /** The module that holds it. */
  readonly module: string
  readonly weight: CheckpointArray<B>
  readonly bias: CheckpointArray<B>
  /** The names that it is made of, and those that belong to it and change nothing. */
  readonly names: readonly string[]
  /** What was done to make it one linear layer; empty if it is one. */
  readonly folded: string
}

/** Modules that people call a classifier, the likeliest first. */
export const MODULES = [
  'head',
  'heads.head',
  'heads',
  'classifier',
  'cls_classifier',
  'head.fc',
  'fc',
  'linear',
  'mlp_head',
  'cls_head',
  'cls_head.fc',
  'classification_head',
  'linear_head',
  'last_linear',
  'last_layer',
]
const DISTILLED = ['head_dist', 'distillation_classifier']

/** The classifier among arrays by name, inside of a prefix or beside the model, outwards. */
export function findClassifier<B extends Bytes>(
  arrays: ReadonlyMap<string, CheckpointArray<B>>,
  prefix: string,
  file: string,
): Classifier<B> | undefined {
  return search(arrays, prefix, MODULES, file)
}

/** The second head of a distilled model. */
export const findDistilled = <B extends Bytes>(
  arrays: ReadonlyMap<string, CheckpointArray<B>>,
  prefix: string,
  file: string,
): Classifier<B> | undefined => search(arrays, prefix, DISTILLED, file)

function search<B extends Bytes>(
  arrays: ReadonlyMap<string, CheckpointArray<B>>,
  prefix: string,
  modules: readonly string[],
  file: string,
): Classifier<B> | undefined {
  for (const level of levels(prefix))
    for (const name of modules) {
      const found = linear(arrays, level + name) ?? sequential(arrays, level + name, file)
      if (found) return found
    }
  return undefined
}

/** The modules that hold one, from within: `a.b.` is looked through before `a.` and that before the root. */
export function levels(prefix: string): string[] {
  const parts = prefix.split('.').slice(0, -1)
  return Array.from({ length: parts.length + 1 }, (_, i) =>
    parts
      .slice(0, parts.length - i)
      .map(part => `${part}.`)
      .join(''),
  )
}

type Arrays<B extends Bytes> = ReadonlyMap<string, CheckpointArray<B>>

function linear<B extends Bytes>(arrays: Arrays<B>, module: string): Classifier<B> | undefined {
  const weight = arrays.get(`${module}.weight`)
  if (weight?.shape.length !== 2) return undefined
  const bias = arrays.get(`${module}.bias`)
  return {
    module,
    weight,
    bias: bias ?? zeros(weight.shape[0] ?? 0),
    names: [`${module}.weight`, ...(bias ? [`${module}.bias`] : [])],
    folded: bias ? '' : 'without a bias',
  }
}

const zeros = (count: number): CheckpointArray<never> => ({
  shape: [count],
  parts: [],
  make: () => new Float32Array(count),
})

// PyTorch's own; MAE's linear probing, whose norm has no weights, says 1e-6.
const EPSILON = { affine: 1e-5, plain: 1e-6 }

/**
 * A `Sequential` with one linear layer. Dropout has no arrays; a batch norm at rest is a scale and a shift per channel, which the linear
 * layer takes up: W (a x + c) + b = (W a) x + (W c + b). What lies between several linear layers no file says.
 */
function sequential<B extends Bytes>(arrays: Arrays<B>, module: string, file: string): Classifier<B> | undefined {
  const layers = new Map<number, string[]>()
  for (const name of arrays.keys()) {
    const index = name.startsWith(`${module}.`) ? /^(\d+)\.\w+$/.exec(name.slice(module.length + 1))?.[1] : undefined
    if (index !== undefined) layers.set(Number(index), [...(layers.get(Number(index)) ?? []), name])
  }
  const ordered = [...layers].sort(([a], [b]) => a - b)
  const linears = ordered.filter(([index]) => arrays.get(`${module}.${index}.weight`)?.shape.length === 2)
  const [place] = linears.map(([index]) => index)
  if (place === undefined || linears.length > 1) return undefined
  let found = linear(arrays, `${module}.${place}`)
  if (!found) return undefined
  const { names } = found
  for (const [index] of ordered.toReversed()) {
    if (index === place) continue
    const norm = batchNorm(arrays, `${module}.${index}`)
    if (!norm)
      throw new ModelError(
        `${file}: ${module}.${index}: expected dropout or a batch norm beside the linear layer of the head, got ${(layers.get(index) ?? []).join(', ')}; replace the head by one linear layer`,
      )
    found = index < place ? foldBefore(found, norm) : foldAfter(found, norm)
  }
  return {
    ...found,
    module,
    names: [...names, ...ordered.flatMap(([, own]) => own)],
    folded: ordered.length > 1 ? 'batch norm folded' : '',
  }
}

/** Of a batch norm at rest: mean, variance, and scale and shift if it has them. */
interface BatchNorm<B extends Bytes> {
  readonly parts: readonly CheckpointArray<B>[]
  readonly epsilon: number
}

function batchNorm<B extends Bytes>(arrays: Arrays<B>, module: string): BatchNorm<B> | undefined {
  const [mean, variance, scale, shift] = ['running_mean', 'running_var', 'weight', 'bias'].map(name =>
    arrays.get(`${module}.${name}`),
  )
  if (!mean || !variance) return undefined
  const affine = scale && shift
  return {
    parts: affine ? [mean, variance, scale, shift] : [mean, variance],
    epsilon: affine ? EPSILON.affine : EPSILON.plain,
  }
}

/** The factor and the summand that a batch norm is, per channel. */
function affineOf([mean, variance, scale, shift]: readonly Numbers[], epsilon: number): [Float64Array, Float64Array] {
  const count = mean?.length ?? 0
  const factor = Float64Array.from(
    { length: count },
    (_, i) => (scale?.[i] ?? 1) / Math.sqrt((variance?.[i] ?? 0) + epsilon),
  )
  return [factor, factor.map((a, i) => (shift?.[i] ?? 0) - (mean?.[i] ?? 0) * a)]
}

function foldBefore<B extends Bytes>(head: Classifier<B>, { parts, epsilon }: BatchNorm<B>): Classifier<B> {
  const { weight, bias } = head
  const [, features = 0] = weight.shape
  return {
    ...head,
    weight: derived([weight, ...parts], weight.shape, ([own, ...norm]) => {
      const [factor] = affineOf(norm, epsilon)
      return Float32Array.from(own ?? [], (w, i) => w * (factor[i % features] ?? 0))
    }),
    bias: derived([bias, weight, ...parts], bias.shape, ([own, rows, ...norm]) => {
      const [, summand] = affineOf(norm, epsilon)
      return Float32Array.from(own ?? [], (b, row) =>
        summand.reduce((sum, c, i) => sum + c * (rows?.[row * features + i] ?? 0), b),
      )
    }),
  }
}

function foldAfter<B extends Bytes>(head: Classifier<B>, { parts, epsilon }: BatchNorm<B>): Classifier<B> {
  const { weight, bias } = head
  const [, features = 0] = weight.shape
  return {
    ...head,
    weight: derived([weight, ...parts], weight.shape, ([own, ...norm]) => {
      const [factor] = affineOf(norm, epsilon)
      return Float32Array.from(own ?? [], (w, i) => w * (factor[Math.floor(i / features)] ?? 0))
    }),
    bias: derived([bias, ...parts], bias.shape, ([own, ...norm]) => {
      const [factor, summand] = affineOf(norm, epsilon)
      return Float32Array.from(own ?? [], (b, row) => b * (factor[row] ?? 0) + (summand[row] ?? 0))
    }),
  }
}

/** A linear classifier that is a file of its own, as DINO and DINOv2 publish theirs. */
export function onlyClassifier<B extends Bytes>({ name: file, arrays }: Checkpoint<B>): Classifier<B> {
  const weights = [...arrays].filter(([name, { shape }]) => /(?:^|\.)weight$/.test(name) && shape.length === 2)
  const [first] = weights
  const found = first && linear(arrays, first[0].replace(/\.?weight$/, ''))
  const bare = first?.[0] === 'weight' ? bareLinear(arrays) : undefined
  const classifier = bare ?? found
  if (!classifier || weights.length > 1)
    throw new ModelError(
      `${file}: expected one linear layer with a weight and a bias, got ${[...arrays.keys()].slice(0, 5).join(', ')}`,
    )
  return classifier
}

function bareLinear<B extends Bytes>(arrays: Arrays<B>): Classifier<B> | undefined {
  const [weight, bias] = [arrays.get('weight'), arrays.get('bias')]
  return (
    weight && {
      module: '',
      weight,
      bias: bias ?? zeros(weight.shape[0] ?? 0),
      names: ['weight', 'bias'],
      folded: bias ? '' : 'without a bias',
    }
  )
}
