import { requireOptionsOf, type SpecOptions } from '../architecture/spec.ts'
import type { AddedHead } from '../checkpoint/added-head.ts'
import type { Bytes } from '../checkpoint/bytes.ts'
import { type CheckpointArray, firstFew } from '../checkpoint/checkpoint.ts'
import { type Finding, Notes } from '../checkpoint/facts.ts'
import type { Fact, PictureHints } from '../checkpoint/fields.ts'
import { pictureHints, preprocessorHints } from '../checkpoint/hints.ts'
import type { Model } from '../checkpoint/model.ts'
import { askedNormalisation, type Normalisation } from '../checkpoint/published.ts'
import { fitFor } from '../checkpoint/resizing.ts'
import { ModelError } from '../errors.ts'
import { parametersOf } from '../explainable.ts'
import { asArray, elementType, type OnnxTensor } from '../onnx/elements.ts'
import { explainableModel } from '../onnx/explainable-model.ts'
import type { OnnxFile } from '../onnx/file.ts'
import { importGraph } from '../onnx/graph.ts'
import { recognised } from './recognised.ts'

/** An exported model, opened, and what is said about it. */
export interface ExportedFiles<B extends Bytes = Bytes> {
  readonly graph: OnnxFile<B>
  /** What makes classes of its features. */
  readonly head?: AddedHead<B> | undefined
  /** The contents of config.json and preprocessor_config.json. */
  readonly config?: unknown
  readonly preprocessor?: unknown
  /** The names of its classes, where a file of its own says them. */
  readonly classNames?: Fact<readonly string[]> | undefined
  readonly options?: SpecOptions
}

/** What the files of an exported model say. */
export interface UnderstoodExport<B extends Bytes = Bytes>
  extends Pick<Model, 'transformer' | 'classNames' | 'hasClassNames' | 'family' | 'fit' | 'facts' | 'cautions'> {
  /** The arrays under the names of the program's parameters. */
  readonly arrays: ReadonlyMap<string, CheckpointArray<B>>
}

/**
 * Makes a model's program of an exported graph. What no such file says, normalisation, class names and sometimes the size of images, comes
 * from brackets or the configuration beside it.
 *
 * @throws ModelError where the graph cannot be read, or where something is said nowhere
 */
export async function understandExport<B extends Bytes>(files: ExportedFiles<B>): Promise<UnderstoodExport<B>> {
  const { graph: file, head, config, preprocessor, classNames: named, options = {} } = files
  requireOptionsOf('onnx', options)
  const hints: PictureHints[] = [
    ...(named ? [{ classNames: named }] : []),
    ...(head?.classNames ? [{ classNames: head.classNames }] : []),
    ...(preprocessor === undefined ? [] : [preprocessorHints(preprocessor, 'preprocessor_config.json')]),
    ...(config === undefined ? [] : [pictureHints(config, 'config.json')]),
  ]
  const said = <K extends keyof PictureHints>(what: K): PictureHints[K] =>
    hints.map(hint => hint[what]).find(fact => fact !== undefined)

  const graph = await importGraph(file, {
    size: options.size ?? (leavesSizeOpen(file) ? said('imageSize')?.value : undefined),
  })
  const normalisation = normalisationOf(file.name, options, said('mean'), said('std'))
  const { model, structure } = explainableModel(graph, {
    mean: normalisation.mean.value,
    std: normalisation.std.value,
    output: options.output,
    head: head && (features => head.classify(checkedFeatures(features, head, file.name))),
    maxBatch: graph.image.batch === undefined ? Number.POSITIVE_INFINITY : 1,
  })
  const { imageSize } = model.input

  const notes = new Notes()
  notes.add('exported by', { value: file.producer || 'unknown', from: `opset ${file.opsets.get('')}` })
  for (const fact of recognised(model, structure)) notes.facts.push(fact)
  notes.facts.push(...(head?.facts ?? []))
  const asked = options.size !== undefined
  notes.add('image', {
    value: imageSize,
    from: asked ? 'asked for' : leavesSizeOpen(file) ? (said('imageSize')?.from ?? '') : 'shapes of the graph',
  })
  notes.add('mean', normalisation.mean)
  notes.add('std', normalisation.std)
  const fit = notes.add('resize', fitFor(said('fit'), said('imageSize')?.value, imageSize))
  notes.add('classes', classesOf(model.classes, files, said('classes')))
  const classNames = said('classNames')
  if (classNames && classNames.value.length !== model.classes)
    throw new ModelError(
      `${file.name}: ${classNames.from}: expected ${model.classes} names of classes, got ${classNames.value.length}: ${firstFew(classNames.value, 3)}`,
    )
  notes.add('class names', {
    value: classNames ? firstFew(classNames.value, 3) : 'none',
    from: classNames?.from ?? 'no config.json names them; say them in a file: FILE[names=classes.txt]',
  })
  return {
    transformer: model,
    arrays: arraysOf(
      file,
      head,
      parametersOf(model).map(({ params }) => params.name),
    ),
    classNames: classNames?.value ?? Array.from({ length: model.classes }, (_, i) => `class ${i}`),
    hasClassNames: classNames !== undefined,
    family: 'an exported graph',
    fit,
    facts: notes.facts,
    cautions: notes.facts.flatMap(({ caution }) => (caution === undefined ? [] : [caution])),
  }
}

/** Whether a graph takes images of any size. */
const leavesSizeOpen = ({ inputs }: OnnxFile): boolean =>
  inputs.some(({ shape }) => shape?.length === 4 && shape.slice(1).some(n => typeof n !== 'number'))

function normalisationOf(
  file: string,
  options: SpecOptions,
  mean: PictureHints['mean'],
  std: PictureHints['std'],
): { readonly [K in keyof Normalisation]: Fact<Normalisation[K]> } {
  const asked = askedNormalisation(options)
  if (asked) return { mean: { value: asked.mean, from: 'asked for' }, std: { value: asked.std, from: 'asked for' } }
  if (mean && std) return { mean, std }
  throw new ModelError(
    `${file}: nothing says how pixels are normalised: put its preprocessor_config.json beside it, or say [mean=imagenet], [mean=half], [mean=clip], [mean=M/M/M,std=S/S/S], [mean=none] (pixels from 0 to 1) or [mean=pixels] (from 0 to 255)`,
  )
}

function checkedFeatures<T extends { readonly shape: readonly number[] }>(
  features: T,
  head: AddedHead,
  file: string,
): T {
  const { shape } = features
  if (shape.length !== 2 || shape[1] !== head.features)
    throw new ModelError(
      `${file}: expected an output [batch, ${head.features}], which the head reads, got [${shape.join(', ')}]: say another with [output=NAME]`,
    )
  return features
}

/** Names of outputs that hold scores of classes, and of those that hold something else. */
const SCORES = /logit|prob|score|class|output|pred/i
const FEATURES = /embed|feature|hidden|pool|token/i

/** How many classes there are. An output of features has the form of one of scores: its name, or a known number, tells them apart. */
function classesOf(
  classes: number,
  { graph, head, options = {} }: ExportedFiles,
  said: Fact<number> | undefined,
): Finding<number> {
  if (head) return { value: classes, from: 'the head' }
  if (said && said.value !== classes)
    throw new ModelError(
      `${graph.name}: ${said.from}: expected ${classes} classes, as the graph gives, got ${said.value}`,
    )
  const output = options.output ?? graph.outputs.map(({ name }) => name).join(', ')
  const found = { value: classes, from: `output ${output}` }
  if (said || options.output !== undefined || (SCORES.test(output) && !FEATURES.test(output))) return found
  if (FEATURES.test(output))
    throw new ModelError(
      `${graph.name}: gives ${output} [batch, ${classes}], by its name features and no classes: say a head with [head=linear.pth] or [text=classes.safetensors], or that they are classes with [output=NAME]`,
    )
  return {
    ...found,
    caution: `the ${classes} numbers of ${output} are taken for scores of classes: if they are, say so with [output=${output}]`,
  }
}

/** The arrays of a graph and of the head behind it, as far as a program reads them. */
function arraysOf<B extends Bytes>(
  { name, tensors, nodes }: OnnxFile<B>,
  head: AddedHead<B> | undefined,
  wanted: readonly string[],
): Map<string, CheckpointArray<B>> {
  const inNodes = nodes.flatMap(({ attributes }) => [...attributes.values()].filter(isTensor<B>))
  const all = new Map([...tensors.values(), ...inNodes].map(tensor => [tensor.name, tensor]))
  return new Map(
    wanted.map(parameter => {
      const tensor = all.get(parameter)
      const array =
        head?.arrays.get(parameter) ??
        (tensor && elementType(tensor.type).kind === 'float' ? asArray(tensor) : undefined)
      if (!array) throw new ModelError(`${name}: no tensor "${parameter}"`)
      return [parameter, array]
    }),
  )
}

const isTensor = <B extends Bytes>(attribute: unknown): attribute is OnnxTensor<B> =>
  typeof attribute === 'object' && attribute !== null && 'data' in attribute
