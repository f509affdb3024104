import type { Tensor } from '@vitrine/tensor'
import { requireOptionsOf, type SpecOptions } from '../architecture/spec.ts'
import type { AddedHead } from '../checkpoint/added-head.ts'
import type { Bytes } from '../checkpoint/bytes.ts'
import { type Checkpoint, firstFew } from '../checkpoint/checkpoint.ts'
import { type KnownFact, Notes } from '../checkpoint/facts.ts'
import { type Fact, type PictureHints, saidBy } from '../checkpoint/fields.ts'
import { pictureHints, preprocessorHints } from '../checkpoint/hints.ts'
import type { Model } from '../checkpoint/model.ts'
import { askedNormalisation, type Normalisation } from '../checkpoint/published.ts'
import { fitFor } from '../checkpoint/resizing.ts'
import { ModelError } from '../errors.ts'
import {
  type Asked,
  type CheckReport,
  explainableModel,
  type ImportedGraph,
  importGraph,
  type OnnxFile,
  type Structure,
  weightsOf,
} from '../onnx/index.ts'
import { changesPixels, recognised } from './recognised.ts'

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
  /** Holds a graph against the file itself, or says what came of it before. Without it, a batch that is written down is left as it is. */
  readonly check?: CheckExport<B> | undefined
}

/** What is held against the file: the graph with what was said of it, and its weights. */
export interface CheckedExport<B extends Bytes = Bytes> {
  readonly file: OnnxFile<B>
  readonly graph: ImportedGraph
  readonly said: Asked
  readonly weights: Checkpoint<B>
}

export type CheckExport<B extends Bytes = Bytes> = (checked: CheckedExport<B>) => Promise<CheckReport>

/** What the files of an exported model say. */
export interface UnderstoodExport<B extends Bytes = Bytes>
  extends Pick<Model, 'transformer' | 'classNames' | 'hasClassNames' | 'family' | 'fit' | 'facts' | 'cautions'> {
  /** The arrays under the names of the program's parameters, of the graph and of its head. */
  readonly weights: Checkpoint<B>
}

/**
 * Makes a model's program of an exported graph. What no such file says, normalisation, class names and sometimes the size of images, comes
 * from brackets or the configuration beside it.
 *
 * @throws ModelError where the graph cannot be read, or where something is said nowhere
 */
export async function understandExport<B extends Bytes>(files: ExportedFiles<B>): Promise<UnderstoodExport<B>> {
  const { graph: file, head, config, preprocessor, classNames: named, options = {}, check } = files
  requireOptionsOf('onnx', options)
  const hints: PictureHints[] = [
    ...(named ? [{ classNames: named }] : []),
    ...(head?.classNames ? [{ classNames: head.classNames }] : []),
    ...(preprocessor === undefined ? [] : [preprocessorHints(preprocessor, 'preprocessor_config.json')]),
    ...(config === undefined ? [] : [pictureHints(config, 'config.json')]),
  ]
  const said = saidBy(hints)

  const graph = await importGraph(file, {
    size: options.size ?? (leavesSizeOpen(file) ? said('imageSize')?.value : undefined),
  })
  const normalisation = normalisationOf(file.name, options, said('mean'), said('std'))
  const asked = {
    output: options.output,
    index: options.index,
    head: head && ((features: Tensor) => head.classify(checkedFeatures(features, head, file.name))),
  }
  const weights = withArrays(weightsOf(file), head)
  const report = await check?.({ file, graph, said: asked, weights })
  const { model, structure } = explainableModel(graph, {
    ...asked,
    mean: normalisation.mean.value,
    std: normalisation.std.value,
    maxBatch: report?.maxBatch ?? (report || graph.image.batch === undefined ? Number.POSITIVE_INFINITY : 1),
  })
  const { imageSize } = model.input

  const notes = new Notes()
  notes.add('exported by', { value: file.producer || 'unknown', from: `opset ${file.opsets.get('')}` })
  notes.facts.push(...recognised(model, structure), checkedFact(report))
  notes.facts.push(...(head?.facts ?? []))
  notes.add('image', {
    value: imageSize,
    from: options.size ? 'asked for' : leavesSizeOpen(file) ? (said('imageSize')?.from ?? '') : 'shapes of the graph',
  })
  notes.add('mean', {
    ...normalisation.mean,
    ...(changesPixels(structure) && normalisation.mean.value.some(m => m !== 0) && { caution: NORMALISES_ITSELF }),
  })
  notes.add('std', normalisation.std)
  const fit = notes.add('resize', fitFor(said('fit'), said('imageSize')?.value, imageSize))
  const classNames = said('classNames')
  const counted = classNames && { value: classNames.value.length, from: classNames.from }
  for (const count of [said('classes'), counted])
    if (count && count.value !== model.classes)
      throw new ModelError(
        `${file.name}: ${count.from}: expected ${model.classes} classes, as the graph gives, got ${count.value}`,
      )
  notes.add('classes', classesOf(structure.output.name, model.classes, files, said('classes') ?? counted))
  notes.add('class names', {
    value: classNames ? firstFew(classNames.value, 3) : 'none',
    from: classNames?.from ?? 'no config.json names them; say them in a file: FILE[names=classes.txt]',
  })
  return {
    transformer: model,
    weights,
    classNames: classNames?.value ?? plainNames(model.classes, structure.output, options.index),
    hasClassNames: classNames !== undefined,
    family: 'an exported graph',
    fit,
    facts: notes.facts,
    cautions: notes.facts.flatMap(({ caution }) => (caution === undefined ? [] : [caution])),
  }
}

/** What classes are called that nothing names. A single number of an output is a class against its absence. */
function plainNames(
  classes: number,
  { name, tensor }: Structure['output'],
  index: SpecOptions['index'],
): readonly string[] {
  const place = `${name}[${index?.join(', ')}]`
  if (index && index.length + 1 === tensor.shape.length) return [place, `not ${place}`]
  return Array.from({ length: classes }, (_, i) => `class ${i}`)
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

const NORMALISES_ITSELF =
  'the graph changes pixels before its first layer, as one does that normalises them itself: if so, say [mean=none] (pixels from 0 to 1) or [mean=pixels] (from 0 to 255)'

/** How many classes there are. An output of features has the form of one of scores: its name, or a known number, tells them apart. */
function classesOf(
  output: string,
  classes: number,
  { graph, head, options = {} }: Pick<ExportedFiles, 'graph' | 'head' | 'options'>,
  said: Fact<number> | undefined,
): Fact<number> {
  if (head) return { value: classes, from: 'the head' }
  const found = { value: classes, from: `output ${output}` }
  if (
    said ||
    options.output !== undefined ||
    options.index !== undefined ||
    (SCORES.test(output) && !FEATURES.test(output))
  )
    return found
  if (FEATURES.test(output))
    throw new ModelError(
      `${graph.name}: gives ${output} [batch, ${classes}], by its name features and no classes: say a head with [head=linear.pth] or [text=classes.safetensors], or that they are classes with [output=NAME]`,
    )
  return {
    ...found,
    caution: `the ${classes} numbers of ${output} are taken for scores of classes: if they are, say so with [output=${output}]`,
  }
}

const withArrays = <B extends Bytes>(graph: Checkpoint<B>, head: AddedHead<B> | undefined): Checkpoint<B> => ({
  ...graph,
  sources: [...graph.sources, ...(head?.sources ?? [])],
  arrays: new Map([...graph.arrays, ...(head?.arrays ?? [])]),
})

/** What came of holding the graph against its file. */
function checkedFact(report: CheckReport | undefined): KnownFact {
  const what = 'held against ONNX Runtime'
  if (!report) return { what, value: 'no', from: 'opened without an engine' }
  const batches = report.maxBatch === 1 ? 'takes one image at a time' : 'a batch is its images one by one'
  return {
    what,
    value: `logits within ${Number(report.difference.toPrecision(1))} of their peak, ${batches}`,
    from: 'tried when it was first opened',
  }
}
