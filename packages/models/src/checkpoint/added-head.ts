import { add, linear, mul, parameter, type Tensor } from '@vitrine/tensor'
import { unit } from '../architecture/parts/unit.ts'
import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, type CheckpointArray, derived, firstFew } from './checkpoint.ts'
import { readClassNames } from './class-names.ts'
import { onlyClassifier } from './classifier.ts'
import type { Numbers } from './dtypes.ts'
import type { KnownFact } from './facts.ts'
import type { Fact } from './fields.ts'

/** A classifier that is put behind an exported model which gives features and no classes. */
export interface AddedHead<B extends Bytes = Bytes> {
  readonly classes: number
  /** Numbers of an image that it reads. */
  readonly features: number
  readonly classNames?: Fact<readonly string[]>
  readonly facts: readonly KnownFact[]
  readonly sources: readonly B[]
  /** Its arrays, by the names of its parameters. */
  readonly arrays: ReadonlyMap<string, CheckpointArray<B>>
  /** Of texts: the temperature of their cosines, where the file says it. */
  readonly scale?: number
  /** `[batch, features]` to `[batch, classes]`. */
  classify(features: Tensor): Tensor
}

/** Whether a file has embeddings of texts and no linear classifier, whose matrix is called a weight. */
export const holdsTexts = ({ arrays }: Checkpoint): boolean =>
  arrays.size === 1 && [...arrays.keys()].every(name => !/(?:^|\.)weight$/.test(name))

// No name in a graph has a space.
export const WEIGHT = 'added head weight'
const BIAS = 'added head bias'

/** The linear classifier of a file. */
export function linearHead<B extends Bytes>(file: Checkpoint<B>): AddedHead<B> {
  const { weight, bias } = onlyClassifier(file)
  const [classes = 0, features = 0] = weight.shape
  return {
    classes,
    features,
    facts: [{ what: 'head', value: `linear, ${features} to ${classes}`, from: file.name }],
    sources: file.sources,
    arrays: new Map([
      [WEIGHT, weight],
      [BIAS, bias],
    ]),
    classify: x => add(linear(x, parameter(WEIGHT, [classes, features])), parameter(BIAS, [classes])),
  }
}

/** The temperature of the published CLIP models, at which their training stopped it. */
export const USUAL_SCALE = 100

/**
 * The classifier that texts make of an image tower (Radford et al., ICML 2021, section 3.1.2): logits are the cosines of the image's and
 * the texts' embeddings, times a scale. The file has one matrix `[classes, features]`, and in its metadata `names` of the classes and the
 * `scale` (exp of CLIP's logit_scale).
 */
export function textHead<B extends Bytes>(file: Checkpoint<B>): AddedHead<B> {
  const [texts, ...others] = file.arrays.values()
  const [classes = 0, features = 0] = texts?.shape ?? []
  if (!texts || others.length > 0 || texts.shape.length !== 2 || classes === 0)
    throw new ModelError(
      `${file.name}: expected one matrix with an embedding of each class's text, [classes, width], got ${firstFew([...file.arrays].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`))}`,
    )
  const { names, scale: said } = Object.fromEntries(file.metadata ?? [])
  const scale = said === undefined ? USUAL_SCALE : Number(said)
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new ModelError(`${file.name}: scale: expected a positive number, got "${said}"`)
  const scaleFact: KnownFact =
    said === undefined
      ? {
          what: 'scale',
          value: `${scale}`,
          from: "assumed: that of OpenAI's CLIP",
          caution: `the scale of the texts' logits is assumed to be ${scale}: maps of logits are the same for any scale, probabilities are not; write it into the metadata of ${file.name} as "scale"`,
        }
      : { what: 'scale', value: `${scale}`, from: file.name }
  return {
    classes,
    features,
    ...(names !== undefined && { classNames: readClassNames(names, `${file.name}: names`) }),
    ...(said !== undefined && { scale }),
    facts: [{ what: 'head', value: `cosines with ${classes} texts`, from: file.name }, scaleFact],
    sources: file.sources,
    arrays: new Map([[WEIGHT, derived([texts], texts.shape, ([rows]) => unitRows(rows, features))]]),
    classify: x => mul(linear(unit(x), parameter(WEIGHT, [classes, features])), scale),
  }
}

/** Each row divided by its length. */
function unitRows(rows: Numbers = new Float32Array(), width: number): Numbers {
  const lengths = Float64Array.from({ length: rows.length / width }, (_, row) =>
    Math.sqrt(rows.subarray(row * width, (row + 1) * width).reduce((sum, x) => sum + x * x, 0)),
  )
  return rows.map((x, i) => x / (lengths[Math.floor(i / width)] ?? 1))
}
