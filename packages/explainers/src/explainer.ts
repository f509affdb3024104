import type { Trace, VisionTransformer } from '@vitrine/models'
import type { Shape, Tensor } from '@vitrine/tensor'
import { ExplainerError } from './errors.ts'

/** What a method is given: a model, a batch of images and the class to explain in each. */
export interface ExplainContext {
  readonly model: VisionTransformer
  /** `[batch, 3, height, width]`, normalised. */
  readonly image: Tensor
  /** The forward pass of `image`. */
  readonly trace: Trace
  /** Class indices, int `[batch]`. */
  readonly target: Tensor
  /**
   * Uniform numbers in [0, 1), `[batch, ...shape]`, drawn anew for each image from the seed and the image's id: the same
   * whatever the batch.
   */
  random(name: string, shape: Shape): Tensor
}

export type OptionValue = string | number | boolean

/** One setting of a method: its values are declared, so that a sweep over them is data. */
export interface Option<V extends OptionValue = OptionValue> {
  readonly default: V
  /** What is accepted, in words. */
  readonly expected: string
  accepts(value: unknown): value is V
}

/** One of a few named values; the first is the default. */
export function oneOf<const V extends OptionValue>(...values: readonly [V, ...V[]]): Option<V> {
  return {
    default: values[0],
    expected: values.join(' | '),
    accepts: (value): value is V => values.some(v => v === value),
  }
}

/** A number from `minimum` to `maximum`. */
export function numeric(preset: number, minimum: number, maximum = Number.POSITIVE_INFINITY): Option<number> {
  return {
    default: preset,
    expected: `a number from ${minimum} to ${maximum}`,
    accepts: (value): value is number => typeof value === 'number' && value >= minimum && value <= maximum,
  }
}

/** A whole number from `minimum` to `maximum`. */
export function whole(preset: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER): Option<number> {
  return {
    default: preset,
    expected: `a whole number from ${minimum} to ${maximum}`,
    accepts: (value): value is number =>
      Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
  }
}

/**
 * What a method's evidence is made of: attention alone; attention and its gradients; relevance propagated by rules; activations
 * weighted per channel; gradients of the input; what changes when the input is changed; or nothing of the model (a control).
 */
export type Family = 'attention' | 'gradient' | 'relevance' | 'cam' | 'input-gradient' | 'perturbation' | 'control'

/**
 * What a method's numbers were held against: code that its authors published, a library, or its published definition only (see
 * `docs/parity.md`).
 */
export type Parity = 'authors' | 'library' | 'definition' | 'unverified'

export type Options = Readonly<Record<string, Option>>
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer V> ? V : never
}

/** A method: what it is, what can be set, and the tensors it builds. */
export interface Explainer<O extends Options = Options> {
  /** Lower-case words joined by hyphens. */
  readonly id: string
  readonly name: string
  readonly source: { readonly authors: string; readonly venue: string; readonly url: string }
  readonly family: Family
  /** Whether the map depends on the class that is asked about. */
  readonly classSpecific: boolean
  /** Whether negative values mean evidence against. */
  readonly signed: boolean
  /** The finest evidence: one value per patch, or one per pixel (which a method may add up over patches, see its options). */
  readonly resolution: 'patch' | 'pixel'
  /** `seeded`: the map depends on random numbers, drawn from the seed and the image's id. */
  readonly randomness: 'none' | 'seeded'
  readonly parity: Parity
  /** `relative`: only differences count, a protocol rescales the map. `unit`: values in [0, 1], taken as they are. */
  readonly scale: 'relative' | 'unit'
  readonly options: O
  /** Builds the heatmap `[batch, rows, columns]`. Throws an UnsupportedError where the method is not defined for the model. */
  explain(context: ExplainContext, options: OptionValues<O>): Tensor
}

/** A row of the method table as a plugin writes it: what is usual may be left out. */
type Definition<O extends Options> = Omit<Explainer<O>, Usual | 'options'> &
  Partial<Pick<Explainer<O>, Usual>> & { readonly options?: O }

type Usual = keyof typeof usual

const usual = {
  signed: false,
  scale: 'relative',
  resolution: 'patch',
  randomness: 'none',
  parity: 'unverified',
} as const

/**
 * Defines a method.
 *
 * @example
 * export default explainer({
 *   id: 'last-attention',
 *   name: 'Attention of the last block',
 *   source: { authors: 'Caron et al.', venue: 'ICCV 2021', url: 'https://arxiv.org/abs/2104.14294' },
 *   family: 'attention',
 *   classSpecific: false,
 *   explain({ model, trace }) {
 *     const { attention } = trace.blocks.at(-1)!
 *     return patchGrid(model, classRow(fuseHeads('mean', attention)))
 *   },
 * })
 */
export function explainer<const O extends Options = Record<never, never>>(definition: Definition<O>): Explainer {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(definition.id))
    throw new ExplainerError(`id: expected lower-case words joined by hyphens, got "${definition.id}"`)
  const { options = {} as O, explain, ...rest } = definition
  return {
    ...usual,
    ...rest,
    options,
    explain: (context, values) => explain(context, resolveOptions(definition.id, options, values) as OptionValues<O>),
  }
}

/** Every option of a method with its given or default value; an unknown option or a wrong value throws. */
export function resolveOptions(
  id: string,
  options: Options,
  given: Readonly<Record<string, unknown>> = {},
): Record<string, OptionValue> {
  const names = Object.keys(options)
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new ExplainerError(`${id}: unknown option "${name}"; known: ${names.join(', ') || 'none'}`)
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      const value = given[name] ?? option.default
      if (!option.accepts(value))
        throw new ExplainerError(`${id}: ${name}: expected ${option.expected}, got ${JSON.stringify(value)}`)
      return [name, value]
    }),
  )
}
