import type { ExplainableModel } from '@vitrine/models'
import type { Tensor } from '@vitrine/tensor'
import { ExplainerError } from '../errors.ts'
import type { Baseline } from '../sampling/paths.ts'
import type { ExplainContext, Numbers, ProgramContext, SampleContext } from './context.ts'
import { type Need, requireNeeds } from './needs.ts'
import { type Options, type OptionValues, resolveOptions } from './options.ts'

/** What a method computes, in TeX and in a sentence. */
export interface Formula {
  /** TeX in display mode, for the board. `formulaLetters` says what its letters stand for. */
  readonly tex: string
  readonly words: string
}

/** What the letters of the formulas stand for. */
export const formulaLetters =
  "Blocks l of L, heads h; A is attention, S its scores before softmax; x tokens or activations with channels k; y the class's score, p its probability; R relevance; m a mask; I the image; [ ]₊ the positive part."

/**
 * What a method's map is made from: attention alone (`attention`); attention and its gradients (`gradient`); relevance propagated by rules
 * (`relevance`); activations weighted per channel (`cam`); gradients of the input (`input-gradient`); scores of changed inputs
 * (`perturbation`); or nothing of the model (`control`).
 */
export type Family = 'attention' | 'gradient' | 'relevance' | 'cam' | 'input-gradient' | 'perturbation' | 'control'

/**
 * The strongest source of reference numbers that a method's maps are compared with: code that its authors published, a library, its
 * published definition, or none (see `docs/parity.md`).
 */
export type Parity = 'authors' | 'library' | 'definition' | 'unverified'

/** What is common to both kinds of methods. */
interface Description<O extends Options> {
  /** Lower-case words joined by hyphens. */
  readonly id: string
  readonly name: string
  /**
   * A whole number from 1, raised whenever the method computes other maps. Records are known by it: those of another version are
   * measured again. A bundled method is of version 1 unless it says otherwise; a method from a file of its own that declares none is
   * known by its code.
   */
  readonly version?: number | undefined
  /** Who published the method, where, and an address that begins with https: (empty where there is none). */
  readonly source: { readonly authors: string; readonly venue: string; readonly url: string }
  /** What the method computes; every bundled method that is no control has one. */
  readonly formula?: Formula | undefined
  readonly family: Family
  /** Whether the map depends on the class that is explained. */
  readonly classSpecific: boolean
  /** Whether negative values mean evidence against. */
  readonly signed: boolean
  /** The finest map that the method can make: one value per patch or one per pixel. Its options may sum pixels over patches. */
  readonly resolution: 'patch' | 'pixel'
  /** `seeded`: the map depends on random numbers, which depend on the seed and the image's id. */
  readonly randomness: 'none' | 'seeded'
  readonly parity: Parity
  /** `poor`: the method divides by numbers near zero, so that two float32 computations of one map may differ by some percent. */
  readonly conditioning: 'good' | 'poor'
  /** `relative`: only differences within a map count, and a protocol rescales it. `unit`: values are in [0, 1] and used as they are. */
  readonly scale: 'relative' | 'unit'
  /** What the method reads of a model besides its logits and the way to them; of models that lack it the method is refused. */
  readonly needs: readonly Need[]
  /** The same with some options on some models, where it is something else. */
  needsWith?(options: OptionValues<O>, model: ExplainableModel): readonly Need[]
  /** Whether the method is told where the object is. For a control that shows the best score that a map could have. */
  readonly readsTruth: boolean
  readonly options: O
  /**
   * What the values of a map add up to, where the method claims that they do: the class's logit (`nothing`), or what it is more than the logit for
   * an image of one colour.
   */
  completeness?(options: OptionValues<O>): 'nothing' | Baseline
}

/** A method that is one tensor program. Several of them share one forward pass of a batch of images. */
export interface OnePassExplainer<O extends Options = Options> extends Description<O> {
  /**
   * Builds the heatmap `[batch, rows, columns]`, or `[batch, height, width]` where the options ask for pixels.
   *
   * @throws {UnsupportedError} where the method is not defined for the model
   */
  explain(context: ExplainContext, options: OptionValues<O>): Tensor
}

/** A method that looks at values on the host or runs many passes. It explains one image at a time, and its passes are run in batches. */
export interface SampledExplainer<O extends Options = Options, P extends string = string> extends Description<O> {
  /**
   * The programs that `sample` runs, by name: each a tensor with a leading axis of rows. Called before anything is run.
   *
   * @throws {UnsupportedError} where the method is not defined for the model
   */
  programs(context: ProgramContext, options: OptionValues<O>): Readonly<Record<P, Tensor>>
  /** The heatmap of one image, row by row: a number for each patch, or for each pixel where the options ask for pixels. */
  sample(context: SampleContext<P>, options: OptionValues<O>): Promise<Numbers>
}

export type Explainer = OnePassExplainer | SampledExplainer

export const isSampled = (method: Explainer): method is SampledExplainer => 'sample' in method

/** A method as its author writes it: fields that have a usual value may be left out. */
type Definition<E extends Description<Options>, O extends Options> = Omit<E, Usual | 'options'> &
  Partial<Pick<E, Usual>> & { readonly options?: O }

type Usual = keyof typeof usual

const usual = {
  signed: false,
  scale: 'relative',
  resolution: 'patch',
  randomness: 'none',
  parity: 'unverified',
  conditioning: 'good',
  needs: [],
  readsTruth: false,
} as const

/**
 * Defines a method, in one of two ways: `explain` builds the heatmap as a tensor, or `programs` builds tensors and `sample` runs them.
 *
 * @throws {ExplainerError} where a field is not what its comment asks for
 *
 * @example
 * export default explainer({
 *   id: 'last-attention',
 *   name: 'Attention of the last block',
 *   source: { authors: 'Caron et al.', venue: 'ICCV 2021', url: 'https://arxiv.org/abs/2104.14294' },
 *   family: 'attention',
 *   classSpecific: false,
 *   needs: ['global-attention'],
 *   explain({ model, trace }) {
 *     const { attention } = trace.blocks.at(-1)!
 *     return patchGrid(model, readRow(model, fuseHeads('mean', attention), trace))
 *   },
 * })
 */
export function explainer<const O extends Options = Record<never, never>>(
  definition: Definition<OnePassExplainer<O>, O>,
): OnePassExplainer
export function explainer<const O extends Options = Record<never, never>, P extends string = string>(
  definition: Definition<SampledExplainer<O, P>, O>,
): SampledExplainer
export function explainer(
  definition: Definition<OnePassExplainer, Options> | Definition<SampledExplainer, Options>,
): Explainer {
  const { id, version, source, family, readsTruth, needs = [], options = {} } = definition
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))
    throw new ExplainerError(`id: expected lower-case words joined by hyphens, got "${id}"`)
  if (version !== undefined && !(Number.isInteger(version) && version >= 1))
    throw new ExplainerError(`${id}: version: expected a whole number from 1, got ${version}`)
  if (source.url !== '' && URL.parse(source.url)?.protocol !== 'https:')
    throw new ExplainerError(
      `${id}: source.url: expected an address that begins with https:, or nothing, got "${source.url}"`,
    )
  if (readsTruth && family !== 'control')
    throw new ExplainerError(`${id}: readsTruth: expected the family control, got ${family}`)
  const resolve = (values: Readonly<Record<string, unknown>>) => resolveOptions(id, options, values)
  const requireAll = (model: ExplainableModel, values: OptionValues<Options>): void =>
    requireNeeds(id, definition.needsWith?.(values, model) ?? needs, model)
  if ('sample' in definition)
    return {
      ...usual,
      ...definition,
      options,
      programs(context, values) {
        const resolved = resolve(values)
        requireAll(context.model, resolved)
        return definition.programs(context, resolved)
      },
      sample: (context, values) => definition.sample(context, resolve(values)),
    }
  return {
    ...usual,
    ...definition,
    options,
    explain(context, values) {
      const resolved = resolve(values)
      requireAll(context.model, resolved)
      return definition.explain(context, resolved)
    },
  }
}
