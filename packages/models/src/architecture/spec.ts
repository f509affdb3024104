import { ModelError } from '../errors.ts'
import type { Grid, Rgb, Size } from './config.ts'
import type { Activation } from './parts/perceptron.ts'

/** What may be said of a model in brackets: `FILE[size=384, heads=6, pool=mean, mean=imagenet, names=classes.txt]`. */
export interface SpecOptions {
  /** Pixels that the model is run with, where they are not its own. */
  readonly size?: Size
  readonly heads?: number
  /** What the head reads: the class token, the mean of the patches, or both side by side. */
  readonly pool?: 'token' | 'mean' | 'both'
  /** The activation function of the blocks' perceptrons. */
  readonly act?: Exclude<Activation, 'silu'>
  /** The stage of a Swin Transformer that is explained, from 1; the last one if absent. */
  readonly stage?: number
  /** Patches along a side of the windows of a Swin V2. */
  readonly window?: number
  /** Rows and columns of patches that the position embeddings were trained with. */
  readonly grid?: Grid
  /**
   * Normalisation: a word for mean and standard deviation (of ImageNet, 0.5 and 0.5, those of CLIP, 0 and 1, or pixels left from 0 to 255),
   * or the mean of each channel, with `std` beside it.
   */
  readonly mean?: NormalisationWord | Rgb
  readonly std?: Rgb
  /** Which of several models of a file: what stands before its names, without the last dot. */
  readonly weights?: string
  /** A file with the linear classifier of a backbone that has none. */
  readonly head?: string
  /** A file with the names of the classes: one a line, or JSON. */
  readonly names?: string
  /** The output of an exported model that holds the scores of classes, or the features that `head` or `text` reads. */
  readonly output?: string
  /** What of that output is explained: a place on its first axes behind that of the batch; what lies there are classes. */
  readonly index?: readonly number[]
  /** A safetensors file with an embedding of each class's text, `[classes, width]`: the classifier of an image tower of CLIP's kind. */
  readonly text?: string
}

export type NormalisationWord = 'imagenet' | 'half' | 'clip' | 'none' | 'pixels'

/** Options that are files; relative paths in them start where the command was typed. */
export const FILE_OPTIONS = ['head', 'names', 'text'] as const satisfies readonly (keyof SpecOptions)[]

export interface ModelSpec {
  /** A bundled id, a path, `hf:owner/name[@revision]` or `timm:NAME`. */
  readonly place: string
  readonly options: SpecOptions
}

/** What a model is opened from: a file of weights, or a graph with its weights. */
export type ModelKind = 'checkpoint' | 'onnx'

interface Option<T> {
  /** In words, with an example. */
  readonly expected: string
  /** The only kind of model that has it; any if absent. */
  readonly only?: ModelKind
  readonly read: (text: string) => T | undefined
}

const oneOf = <T extends string>(...words: readonly T[]): Pick<Option<T>, 'expected' | 'read'> => ({
  expected: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
  read: text => words.find(word => word === text),
})

/** Three numbers, or one for all channels. */
const rgb = (least: number): Option<Rgb>['read'] =>
  function read(value) {
    const numbers = value.split('/').map(part => (/^\d*\.?\d+(?:e-?\d+)?$/.test(part) ? Number(part) : Number.NaN))
    const [r = 0, g = r, b = r] = numbers
    return (numbers.length === 1 || numbers.length === 3) && numbers.every(n => n >= least) ? [r, g, b] : undefined
  }

const NORMALISATION_WORDS = oneOf('imagenet', 'half', 'clip', 'none', 'pixels')

const text = (expected: string): Option<string> => ({ expected, read: value => value || undefined })

const whole: Option<number> = {
  expected: 'a whole number',
  only: 'checkpoint',
  read: value => (/^[1-9]\d{0,3}$/.test(value) ? Number(value) : undefined),
}

/** Every option, how it is written and read. */
export const specOptions: { readonly [K in keyof SpecOptions]-?: Option<NonNullable<SpecOptions[K]>> } = {
  size: {
    expected: 'pixels such as 384 or 224x448 (height x width)',
    read(value) {
      const match = /^(\d+)(?:x(\d+))?$/.exec(value)
      const height = Number(match?.[1])
      return match && height > 0 ? { height, width: Number(match[2] ?? height) } : undefined
    },
  },
  heads: whole,
  pool: { ...oneOf('token', 'mean', 'both'), only: 'checkpoint' },
  act: { ...oneOf('gelu', 'gelu-tanh', 'quickgelu'), only: 'checkpoint' },
  stage: whole,
  window: whole,
  grid: {
    only: 'checkpoint',
    expected: 'rows x columns of patches such as 14x14',
    read(value) {
      const match = /^([1-9]\d*)x([1-9]\d*)$/.exec(value)
      return match ? { rows: Number(match[1]), columns: Number(match[2]) } : undefined
    },
  },
  mean: {
    expected: 'imagenet, half, clip, none, pixels, or numbers such as 0.5/0.5/0.5',
    read: value => NORMALISATION_WORDS.read(value) ?? rgb(0)(value),
  },
  std: { expected: 'numbers such as 0.5/0.5/0.5', read: rgb(Number.MIN_VALUE) },
  weights: { ...text("what stands before the model's names in the file"), only: 'checkpoint' },
  head: text('a file'),
  names: text('a file'),
  output: { ...text('a name'), only: 'onnx' },
  index: {
    expected: 'whole numbers from 0, such as 3 or 3/17',
    only: 'onnx',
    read: value => (/^\d{1,9}(?:\/\d{1,9})*$/.test(value) ? value.split('/').map(Number) : undefined),
  },
  text: text('a safetensors file'),
}

/**
 * What brackets say that changes a model's numbers, as the end of its id: `-size-384-pool-mean`. Two readings of the same weights are two models. Files
 * are told apart by their hash, and names of classes change no number.
 */
export function idWith(id: string, options: SpecOptions): string {
  const words = Object.keys(specOptions).flatMap(name => {
    const value = isOption(name) && !isFile(name) ? options[name] : undefined
    return value === undefined ? [] : [name, ...Object.values(Object(value) === value ? Object(value) : [value])]
  })
  return [id, ...words.map(word => String(word).replaceAll(/[^\w.]+/g, '_'))].join('-')
}

const isFile = (name: keyof SpecOptions): boolean => FILE_OPTIONS.some(file => file === name)

const isOption = (name: string): name is keyof SpecOptions => Object.hasOwn(specOptions, name)

/** Reads `PLACE[option=value,…]`. */
export function parseSpec(spec: string): ModelSpec {
  const match = /^(.+?)(?:\[([^[\]]*)\])?$/.exec(spec.trim())
  if (!match) throw new ModelError(`expected a model such as icon-vit, hf:owner/name or a file, got "${spec}"`)
  const options: Record<string, unknown> = {}
  for (const pair of (match[2] ?? '').split(',').filter(part => part.trim() !== '')) {
    const [name = '', ...rest] = pair.split('=').map(part => part.trim())
    if (!isOption(name))
      throw new ModelError(`${spec}: unknown option "${name}"; known: ${Object.keys(specOptions).join(', ')}`)
    const { expected, read } = specOptions[name]
    const value = read(rest.join('='))
    if (value === undefined) throw new ModelError(`${spec}: ${name}: expected ${expected}, got "${rest.join('=')}"`)
    options[name] = value
  }
  return { place: match[1] ?? '', options }
}

const KINDS: Readonly<Record<ModelKind, string>> = { checkpoint: 'checkpoints', onnx: 'exported models (ONNX)' }

/** Refuses options that say nothing of a model of this kind. */
export function requireOptionsOf(kind: ModelKind, options: SpecOptions): void {
  for (const name of Object.keys(options).filter(isOption)) {
    const { only } = specOptions[name]
    if (only !== undefined && only !== kind)
      throw new ModelError(`${name}=: expected for ${KINDS[only]} only, got it for one of the ${KINDS[kind]}`)
  }
}
