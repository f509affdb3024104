import type { Grid, Pooling, Rgb, Size } from '../architecture/config.ts'
import type { Activation } from '../architecture/parts/perceptron.ts'
import type { Fit } from '../architecture/preprocess.ts'
import { ModelError } from '../errors.ts'
import { SAY_MEAN } from './published.ts'
import type { RotaryKind } from './rotary.ts'
import { shown } from './shown.ts'

/** What is said of a model outside of its tensors. */
export interface Statements {
  readonly family: string
  /** Of the pictures that the model takes, and of the grid of its position embeddings. */
  readonly imageSize: Size
  readonly positionSize: Size
  readonly patchSize: Size
  readonly width: number
  readonly depth: number
  readonly heads: number
  readonly mlpWidth: number
  readonly classes: number
  readonly layerNormEpsilon: number
  readonly pooling: Pooling
  readonly activation: Activation
  /** Patches along a side of the windows of a Swin Transformer. */
  readonly window: number
  /** Of Swin V2, those of each stage that it was trained with, where they were others; 0 where they were not. */
  readonly trainedWindows: readonly number[]
  readonly finalNorm: 'tokens' | 'pooled' | 'none'
  readonly rotary: RotaryKind
  /** Of rotary positions, where it is another than that of the published models. */
  readonly rotaryTemperature: number
  /** The grid that rotary positions were trained with, where others are brought to it. */
  readonly rotaryGrid: Grid
  readonly classNames: readonly string[]
  readonly mean: Rgb
  readonly std: Rgb
  readonly fit: Fit
}

/** A fact and where it was found. */
export interface Fact<T> {
  readonly value: T
  readonly from: string
  /** Set where it is a guess that changes numbers if it is wrong: what is guessed, and what to do to be sure. */
  readonly caution?: string
}

export type Hints = { readonly [K in keyof Statements]?: Fact<Statements[K]> }

/** What is said of the pictures that a model takes and of its classes. */
export type PictureHints = Pick<Hints, 'imageSize' | 'classes' | 'classNames' | 'mean' | 'std' | 'fit'>

const quoted = (value: unknown): string => (typeof value === 'string' ? `"${shown(value)}"` : shown(value))

/** Reads JSON fields with their place, for messages and for the record of where each fact is from. */
export class Fields {
  readonly source: string
  private readonly fields: Readonly<Record<string, unknown>>
  private readonly defaults: ReadonlyMap<string, string>

  constructor(json: unknown, source: string, defaults: ReadonlyMap<string, string> = new Map()) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new ModelError(`${source}: expected an object`)
    this.source = source
    this.fields = { ...json }
    this.defaults = defaults
  }

  /** The same with values for fields that are not there; `from` says where such a value is from. */
  withDefaults(values: Readonly<Record<string, unknown>>, from: string): Fields {
    const missing = Object.keys(values).filter(name => !this.has(name))
    const filled = { ...this.fields, ...Object.fromEntries(missing.map(name => [name, values[name]])) }
    return new Fields(filled, this.source, new Map(missing.map(name => [name, from])))
  }

  get(name: string): unknown {
    return this.fields[name]
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null
  }

  fail(name: string, expected: string): never {
    throw new ModelError(`${this.source}: ${name}: expected ${expected}, got ${quoted(this.fields[name])}`)
  }

  /** The field as a fact, if it is there. */
  fact<T>(name: string, expected: string, read: (value: unknown) => T | undefined): Fact<T> | undefined {
    if (!this.has(name)) return undefined
    const from = this.defaults.get(name)
    const place = `${this.source}: ${name}`
    return {
      value: read(this.fields[name]) ?? this.fail(name, expected),
      from: from === undefined ? place : `${place} is missing: ${from}`,
    }
  }

  /** A whole number above zero. */
  count(name: string): Fact<number> | undefined {
    return this.fact(name, 'a whole number above 0', value =>
      Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined,
    )
  }

  number(name: string): Fact<number> | undefined {
    return this.fact(name, 'a positive number', positive)
  }

  /**
   * Mean and standard deviation per channel, or one number for all. Those of pixels from 0 to 255, as mmcv and OpenCV write them, are
   * brought to 0 to 1.
   */
  normalisation(meanName: string, stdName: string): Pick<Hints, 'mean' | 'std'> {
    const mean = this.rgb(meanName, 0)
    const std = this.rgb(stdName, Number.MIN_VALUE)
    const inLevels = (fact: Fact<Rgb> | undefined) => fact?.value.some(n => n > 1.5) === true
    if (!inLevels(mean) && !inLevels(std)) return { ...(mean && { mean }), ...(std && { std }) }
    const zero = mean?.value.every(n => n === 0) === true
    if (mean && std && !(inLevels(std) && (zero || inLevels(mean))))
      this.fail(stdName, `the scale of ${meanName} (both of pixels from 0 to 1, or both from 0 to 255)`)
    const scaled = ({ value: [r, g, b], from }: Fact<Rgb>): Fact<Rgb> => ({
      value: [r / 255, g / 255, b / 255],
      from: `${from}, divided by 255`,
    })
    const caution = `mean and std are taken for those of pixels from 0 to 255 and were divided by 255. Open it as ${SAY_MEAN} to settle it`
    return { ...(mean && { mean: { ...scaled(mean), caution } }), ...(std && { std: scaled(std) }) }
  }

  private rgb(name: string, least: number): Fact<Rgb> | undefined {
    return this.fact(name, 'three numbers', value => {
      const [r, g, b] = Array.isArray(value) ? value : [value, value, value]
      return [r, g, b].every(n => typeof n === 'number' && n >= least && n <= 255) ? [r, g, b] : undefined
    })
  }

  /** One number, or [height, width], or { height, width }. */
  size(name: string): Fact<Size> | undefined {
    return this.fact(name, 'a size', sizeFrom)
  }

  inner(name: string): Fields | undefined {
    return this.has(name) ? new Fields(this.fields[name], `${this.source}: ${name}`) : undefined
  }
}

/** What is said, by the first of some hints that says it. */
export const saidBy =
  (hints: readonly Hints[]) =>
  <K extends keyof Statements>(what: K): Hints[K] =>
    hints.map(hint => hint[what]).find(fact => fact !== undefined)

/** The first of some names of one thing that is there. */
export const firstOf = <T>(facts: readonly (Fact<T> | undefined)[]): Fact<T> | undefined => facts.find(fact => fact)

const positive = (value: unknown): number | undefined => (typeof value === 'number' && value > 0 ? value : undefined)

export function sizeFrom(value: unknown): Size | undefined {
  const { height, width } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const [h, w] = Array.isArray(value) ? value : [height ?? value, width ?? value]
  const whole = (n: unknown): n is number => Number.isInteger(n) && Number(n) > 0
  return whole(h) && whole(w) ? { height: h, width: w } : undefined
}

export const map = <A, B>(fact: Fact<A> | undefined, change: (value: A) => B): Fact<B> | undefined =>
  fact && { value: change(fact.value), from: fact.from }

export const names = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.length > 0 ? value.map(String) : undefined

/** The hints that are there. */
export const present = (hints: { readonly [K in keyof Statements]?: Fact<Statements[K]> | undefined }): Hints =>
  Object.fromEntries(Object.entries(hints).filter(([, fact]) => fact !== undefined)) as Hints
