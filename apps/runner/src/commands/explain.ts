import { basename, extname, relative, resolve } from 'node:path'
import type { Precision } from '@vitrine/backends/core'
import { mapSize } from '@vitrine/explainers/run'
import { largest, openModelRun } from '@vitrine/measure'
import type { Model } from '@vitrine/models'
import { mapPaint } from '@vitrine/paint'
import type { Command } from 'commander'
import { here, splitList, UsageError } from '../cli/arguments.ts'
import { Failures } from '../cli/failures.ts'
import { count, explainerOption, precisionOption, quietOption, repeated, threadsOption } from '../cli/options.ts'
import { outputFolder, writeOutput } from '../cli/output.ts'
import { distinctSlugs } from '../cli/slug.ts'
import { print, printJson, tell } from '../cli/terminal.ts'
import { ask, type ClassMaps } from '../explain/ask.ts'
import { usableMethods } from '../explain/usable-methods.ts'
import { againstOf } from '../open/against.ts'
import { classOf, likeliest } from '../open/asked-class.ts'
import { openEngine } from '../open/engine.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { openModel, tellCautions } from '../open/model.ts'
import { isScene, readSubject, type Subject } from '../open/picture.ts'
import { overlay } from '../report/draw.ts'
import { drawSheet, encode, htmlSheet, type Section, type Sheet, short } from '../report/sheet.ts'
import { type AskedVectors, asksVectors, withVectors } from '../targets/vectors.ts'

export interface ExplainArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly model?: string
  readonly checkpoint?: string
  readonly backends: string
  readonly class: readonly string[]
  readonly top?: number
  readonly against: readonly string[]
  readonly text: readonly string[]
  readonly like: readonly string[]
  readonly direction: readonly string[]
  readonly tokenizer?: string
  readonly threads: number
  readonly precision?: Precision
  readonly seed: number
  readonly out: string
  readonly json: boolean
  readonly quiet: boolean
}

export const explainDefaults = {
  methods: 'agcam,attention-rollout,transformer-attribution',
  model: 'icon-vit',
  backends: 'onnx',
  out: 'out/explain',
} as const

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<image...>', 'picture files, or scenes such as icon-scenes-pairs/0/00003')
    .option(
      '--method, --methods <list>',
      'methods, or all: with --text, --like or --direction those for texts too',
      explainDefaults.methods,
    )
    .addOption(explainerOption())
    .option(
      '--model <model>',
      `a model, as \`npx -y pnpm@12 vitrine models\` lists them (default: "${explainDefaults.model}")`,
    )
    .option('--checkpoint <file>', 'a file or folder of weights, instead of --model')
    .option('--backends <list>', 'engines', explainDefaults.backends)
    .addOption(repeated('--class <name>', 'a class to ask about, by name or index, instead of the predicted one'))
    .addOption(count('--top <n>', 'ask about the n likeliest classes', 0).default(undefined))
    .addOption(
      repeated(
        '--against <what>',
        'what each class is put against: a class, or similar:3 for those with the nearest logits',
      ),
    )
    .addOption(repeated('--text <text>', 'what to look for, for a model with a text tower (CLIP, SigLIP)'))
    .addOption(repeated('--like <picture>', 'a picture, or a region other.jpg#x,y,width,height of it, to be like'))
    .addOption(repeated('--direction <file>', 'a file of directions in the space of embeddings: safetensors or .npy'))
    .option('--tokenizer <file>', 'the tokenizer.json of --text, if it is not beside the weights')
    .addOption(threadsOption())
    .addOption(
      precisionOption(
        'what engines compute in; double for methods in which roundings of float32 grow (default: "single")',
      ),
    )
    .addOption(count('--seed <n>', 'seed of random maps', 0, 0))
    .option('--out <dir>', 'folder for the pictures', explainDefaults.out)
    .option('--json', 'print one JSON object a line with the raw map instead of drawing', false)
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 explain icon-scenes-pairs/0/00003 --class sailboat --class penguin
  npx -y pnpm@12 explain icon-scenes-pairs/0/00003 --class sailboat --against penguin
  npx -y pnpm@12 explain photo.jpg --model hf:google/vit-base-patch16-224 --top 3
  npx -y pnpm@12 explain photo.jpg --model hf:openai/clip-vit-base-patch32 --text 'a cat' --text 'a dog'
  npx -y pnpm@12 explain photo.jpg --model hf:facebook/dinov2-base --like other.jpg#40,60,128,128
  npx -y pnpm@12 explain *.jpg --checkpoint ./model.pth --method all --json

Pictures are read as bench and Pillow read them: transparency is dropped, CMYK is
converted without a profile. Two things differ: a picture that its camera marks as
lying on its side is turned upright, and it is resized and cut as the model's config
says, where bench squashes the whole picture into the model's size.

What is predicted is told on stderr; the names of the files that are written go to
stdout. A picture or a method that fails is named and stops no other.
Exit code: 0 all explained, 1 a picture cannot be read, or a method cannot explain
the model or its map has no finite numbers, 2 wrong usage.`,
    )
    .action(async (images, options) => {
      process.exitCode = await explain(images, options)
    })
}

/**
 * Explains pictures: an overlay of each method for each asked class, and sheets of them as PNG and HTML; or raw maps as JSON. A picture or a method
 * that fails is named and stops no other.
 */
export async function explain(images: readonly string[], args: ExplainArguments): Promise<number> {
  if (args.model !== undefined && args.checkpoint !== undefined)
    throw new UsageError('expected --model or --checkpoint, got both')
  if (args.class.length > 0 && args.top !== undefined) throw new UsageError('expected --class or --top, got both')
  const available = await loadExplainers(args.explainer)
  // Mistakes in names are told before a model is opened.
  chooseMethods(args.methods, available)
  const vectors = { texts: args.text, like: args.like, directions: args.direction, tokenizer: args.tokenizer }
  const areAsked = asksVectors(vectors)
  const spec = args.checkpoint ?? args.model ?? explainDefaults.model
  const model = await openModel(areAsked ? await specWith(spec, vectors, args) : spec)
  const named = args.class.map(name => classOf(model.classNames, name))
  const classes = areAsked && named.length === 0 ? [...model.classNames.keys()] : named
  const against = againstOf(model.classNames, args.against)
  tellCautions(model)
  const failures = new Failures()
  const areNamed = !splitList(args.methods).includes('all')
  const methods = usableMethods(model, chooseMethods(args.methods, available, [model]), { areNamed, failures })
  const names = [...new Set(images)]
  const subjects = await readSubjects(names, model, args, failures)
  if (methods.length === 0 || subjects.length === 0) return failures.code

  const stems = stemsOf(names)
  const out = args.json ? '' : outputFolder(args.out)
  for (const spec of splitList(args.backends)) {
    const backend = await openEngine(spec, args)
    const engine = openModelRun(backend, model, 1, undefined, against)
    const name = `${backend.id}:${backend.engine}`
    try {
      for (const subject of subjects)
        await failures.part(subject.name, async () => {
          const { answers, probabilities } = await ask(engine, methods, subject, { ...args, classes, failures })
          if (answers.every(({ maps }) => maps.size === 0)) return
          if (args.json) return printAnswers(subject.name, model, name, answers, probabilities)
          const stem = resolve(out, `${stems[names.indexOf(subject.name)]}.${backend.id}-${backend.engine}`)
          for (const file of await draw(subject, model, name, answers, probabilities, stem))
            print(relative(here(), file), { exact: true })
        })
    } finally {
      await engine.dispose()
      await backend.dispose()
    }
  }
  return failures.code
}

/** The model with what is asked as its classes; embeddings are computed on the first of the engines. */
async function specWith(
  spec: string,
  asked: AskedVectors,
  { backends, ...options }: ExplainArguments,
): Promise<string> {
  const [first = explainDefaults.backends] = splitList(backends)
  const backend = await openEngine(first, options)
  try {
    return await withVectors(spec, asked, backend)
  } finally {
    await backend.dispose()
  }
}

/** Reads pictures one after another: many large ones at once would fill the memory. */
async function readSubjects(
  names: readonly string[],
  model: Model,
  { json, quiet }: ExplainArguments,
  failures: Failures,
): Promise<Subject[]> {
  const subjects: Subject[] = []
  for (const name of names) {
    const subject = await failures.part(name, () => readSubject(name, model))
    if (!subject) continue
    subjects.push(subject)
    for (const note of subject.notes) tell(`${name}: ${note}`)
  }
  if (model.id === explainDefaults.model && !json && !quiet && subjects.some(({ isFile }) => isFile))
    tell(
      `${model.id} knows ${model.classNames.length} icons, such as ${model.classNames.slice(0, 3).join(', ')}, and no photographs: for those take --model hf:google/vit-base-patch16-224 or --checkpoint with a file of your own`,
    )
  return subjects
}

/** A part of file names for each picture: the name of its file or scene, or the whole path where several pictures share that. */
function stemsOf(names: readonly string[]): string[] {
  const bare = names.map(name => (isScene(name) ? name : basename(name, extname(name))))
  const isShared = (stem: string) => bare.filter(other => other === stem).length > 1
  return distinctSlugs(bare.map((stem, i) => (isShared(stem) ? (names[i] ?? stem) : stem)))
}

function printAnswers(
  image: string,
  model: Model,
  backend: string,
  answers: readonly ClassMaps[],
  probabilities: Float32Array,
): void {
  const kind = isAlone(model) ? 'cosine' : 'probability'
  const describe = (index: number) => ({ index, name: model.classNames[index], [kind]: probabilities[index] })
  const predicted = describe(largest(probabilities))
  for (const { index, target, maps } of answers)
    for (const [{ key: method }, values] of maps) {
      const { rows, columns } = mapSize(model.transformer, values.length)
      const map = Array.from({ length: rows }, (_, r) => Array.from(values.subarray(r * columns, (r + 1) * columns)))
      const line = { image, model: model.id, method, backend, class: describe(index), predicted, rows, columns, map }
      printJson(typeof target === 'number' ? line : { ...line, against: target.against.map(describe) })
    }
}

const RANKED = 5

/** Whether the one thing that is asked has nothing to be likelier than: it has a cosine and no probability. */
const isAlone = ({ transformer }: Model): boolean => transformer.classes === 1

/** Writes one overlay per class and method, and the sheets of them all; answers with the files. */
async function draw(
  subject: Subject,
  model: Model,
  backend: string,
  answers: readonly ClassMaps[],
  probabilities: Float32Array,
  stem: string,
): Promise<string[]> {
  const { id, classNames, transformer } = model
  const { picture } = subject
  const files: string[] = []
  const write = (file: string, content: Buffer | string) => {
    writeOutput(file, content)
    files.push(file)
  }
  const sections: Section[] = []
  // Of all classes, so that two of one name never have the same file, whenever they are asked for.
  const classSlugs = distinctSlugs(classNames)
  const keys = [...new Set(answers.flatMap(({ maps }) => [...maps.keys()].map(({ key }) => key)))]
  const methodSlugs = distinctSlugs(keys)
  const named = (index: number) => classNames[index] ?? String(index)
  for (const { index, target, maps } of answers) {
    const others = typeof target === 'number' ? [] : target.against
    const name = others.length > 0 ? `${named(index)} against ${others.map(named).join(', ')}` : named(index)
    const file = [classSlugs[index], ...others.map(other => classSlugs[other])].join('-not-')
    const explained = [...maps].map(([{ key, explainer }, values]) => {
      const { rows, columns } = mapSize(transformer, values.length)
      const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
      const { picture: drawn, ramp } = overlay(picture, values, rows, columns, mapPaint(explainer))
      const note = low === high ? 'flat' : explainer.classSpecific ? undefined : 'same for every class'
      return {
        method: key,
        overlay: drawn,
        range: [low, high] as const,
        ramp,
        ...(note !== undefined && { note }),
      }
    })
    for (const { method, overlay: drawn } of explained)
      write(`${stem}.${file}.${methodSlugs[keys.indexOf(method)]}.png`, await encode(drawn))
    sections.push({
      name,
      probability: probabilities[index] ?? 0,
      ...(isAlone(model) && { score: `cosine ${short(probabilities[index] ?? 0)}` }),
      predicted: !isAlone(model) && index === largest(probabilities),
      truth: subject.truth(index),
      maps: explained,
    })
  }
  const sheet: Sheet = {
    title: `${subject.name} · ${id} · ${backend}`,
    picture,
    ranking: likeliest(probabilities, isAlone(model) ? 0 : RANKED).map(index => ({
      name: named(index),
      probability: probabilities[index] ?? 0,
    })),
    sections,
    ...(subject.credit !== undefined && { credit: subject.credit }),
  }
  write(`${stem}.sheet.png`, await drawSheet(sheet))
  write(`${stem}.sheet.html`, await htmlSheet(sheet))
  return files
}
