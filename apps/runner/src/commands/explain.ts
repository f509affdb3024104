import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, extname, relative, resolve } from 'node:path'
import { openBackend } from '@vitrine/backends'
import { isSampled, type MethodChoice, mapSize } from '@vitrine/explainers'
import { largest, type ModelRun, openModelRun, refusalsOf } from '@vitrine/measure'
import { type Model, ModelError, normalise } from '@vitrine/models'
import { mapPaint } from '@vitrine/paint'
import type { Command } from 'commander'
import { splitList, UsageError } from '../cli/arguments.ts'
import { count, explainerOption, quietOption, repeated, threadsOption } from '../cli/options.ts'
import { startProgress } from '../cli/progress.ts'
import { problemOf } from '../compare/examine.ts'
import { classOf, likeliest } from '../open/asked-class.ts'
import { chooseMethods, loadExplainers } from '../open/methods.ts'
import { openModel } from '../open/model.ts'
import { readSubject, type Subject } from '../open/picture.ts'
import { overlay } from '../report/draw.ts'
import { drawSheet, encode, htmlSheet, type Section, type Sheet } from '../report/sheet.ts'

export interface ExplainArguments {
  readonly methods: string
  readonly explainer: readonly string[]
  readonly model?: string
  readonly checkpoint?: string
  readonly backends: string
  readonly class: readonly string[]
  readonly top?: number
  readonly threads: number
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

/** Adds the command to the program. */
export function register(vitrine: Command): void {
  vitrine
    .command('explain')
    .description('draw what each method says about pictures or scenes')
    .argument('<image...>', 'picture files, or scenes such as icon-scenes-pairs/0/00003')
    .option('--method, --methods <list>', 'methods, or all', explainDefaults.methods)
    .addOption(explainerOption())
    .option('--model <model>', `a model, as \`vitrine models\` lists them (default: "${explainDefaults.model}")`)
    .option('--checkpoint <file>', 'a file or folder of weights, instead of --model')
    .option('--backends <list>', 'engines', explainDefaults.backends)
    .addOption(repeated('--class <name>', 'a class to ask about, by name or index, instead of the predicted one'))
    .addOption(count('--top <n>', 'ask about the n likeliest classes', 0).default(undefined))
    .addOption(threadsOption())
    .addOption(count('--seed <n>', 'seed of random maps', 0, 0))
    .option('--out <dir>', 'folder for the pictures', explainDefaults.out)
    .option('--json', 'print one JSON object a line with the raw map instead of drawing', false)
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Examples:
  pnpm explain icon-scenes-pairs/0/00003 --class sailboat --class penguin --method all
  pnpm explain photo.jpg --model hf:google/vit-base-patch16-224 --top 3
  pnpm explain photo.jpg --checkpoint ./model.pth --json

Exit code: 0 all explained, 1 a map has no finite numbers or a method cannot explain the model, 2 wrong usage.`,
    )
    .action(async (images, options) => {
      process.exitCode = await explain(images, options)
    })
}

/** One class of a picture, and each method's raw map of it. */
interface Answer {
  readonly index: number
  readonly maps: ReadonlyMap<MethodChoice, Float32Array>
}

/** Explains pictures: an overlay of each method for each asked class, and sheets of them as PNG and HTML; or raw maps as JSON. */
export async function explain(images: readonly string[], args: ExplainArguments): Promise<number> {
  if (args.model !== undefined && args.checkpoint !== undefined)
    throw new UsageError('expected --model or --checkpoint, got both')
  if (args.class.length > 0 && args.top !== undefined) throw new UsageError('expected --class or --top, got both')
  const all = chooseMethods(args.methods, await loadExplainers(args.explainer))
  const model = await openModel(args.checkpoint ?? args.model ?? explainDefaults.model)
  const classes = args.class.map(name => classOf(model.classNames, name))
  const subjects = await Promise.all(images.map(name => readSubject(name, model, args.seed)))
  const said = (text: string) => process.stderr.write(`${text}\n`)
  for (const { caution } of model.facts) if (caution !== undefined) said(caution)

  const refusals = refusalsOf(model, all)
  const toldTruth = all.filter(({ explainer }) => explainer.readsTruth)
  const methods = all.filter(m => !toldTruth.includes(m) && !refusals.has(m))
  for (const [method, why] of refusals) said(`${method.key}: ${why}`)
  for (const { key } of toldTruth) said(`${key}: is told where the object is; left out`)
  if (methods.length === 0) throw new UsageError('expected a method that can explain the model')
  let sound = args.methods.includes('all') || (refusals.size === 0 && toldTruth.length === 0)

  const here = process.env.INIT_CWD ?? process.cwd()
  const out = resolve(here, args.out)
  if (!args.json) mkdirSync(out, { recursive: true })
  for (const spec of splitList(args.backends)) {
    const backend = await openBackend(spec, { threads: args.threads })
    const engine = openModelRun(backend, model, 1)
    const name = `${backend.id}:${backend.engine}`
    try {
      for (const subject of subjects) {
        const { answers, probabilities } = await ask(engine, methods, subject, { ...args, classes })
        for (const { index, maps } of answers)
          for (const [{ key }, map] of maps) {
            const problem = problemOf(map, true)
            if (problem === undefined) continue
            sound = false
            said(`${subject.name}, ${model.classNames[index]}: ${key}: ${problem}; it is left out`)
          }
        const kept = answers.map(answer => ({
          ...answer,
          maps: new Map([...answer.maps].filter(([, map]) => problemOf(map, true) === undefined)),
        }))
        if (args.json) printJson(subject.name, model, name, kept, probabilities)
        else {
          const stem = resolve(out, `${stemOf(subject.name, images)}.${backend.id}-${backend.engine}`)
          for (const file of await draw(subject, model, name, kept, probabilities, stem))
            process.stdout.write(`${relative(here, file)}\n`)
        }
      }
    } finally {
      await engine.dispose()
      await backend.dispose()
    }
  }
  return sound ? 0 : 1
}

/** Runs the methods for each asked class. Those of one pass go together; each of the others tells that it is done. */
async function ask(
  engine: ModelRun,
  methods: readonly MethodChoice[],
  { name, picture }: Subject,
  {
    classes,
    top,
    seed,
    quiet,
  }: Pick<ExplainArguments, 'top' | 'seed' | 'quiet'> & { readonly classes: readonly number[] },
): Promise<{ readonly answers: readonly Answer[]; readonly probabilities: Float32Array }> {
  const images = { ids: [basename(name)], pixels: normalise(engine.model.transformer.config, picture) }
  const [probabilities = new Float32Array(0)] = (await engine.explain([], images, seed)).probabilities
  if (!probabilities.every(Number.isFinite))
    throw new ModelError(`${name}: the model's probabilities are not finite numbers; \`vitrine doctor\` says why`)
  const asked =
    top !== undefined ? likeliest(probabilities, top) : classes.length > 0 ? classes : [largest(probabilities)]
  const slow = methods.filter(m => isSampled(m.explainer))
  const progress = startProgress(name, slow.length * asked.length, 'methods', quiet || slow.length === 0)
  const answers: Answer[] = []
  for (const index of asked) {
    const target = Int32Array.of(index)
    const found = new Map(
      (
        await engine.explain(
          methods.filter(m => !slow.includes(m)),
          images,
          seed,
          target,
        )
      ).maps,
    )
    for (const method of slow) {
      const { maps } = await engine.explain([method], images, seed, target)
      found.set(method.key, maps.get(method.key) ?? [])
      progress.advance(1)
    }
    answers.push({ index, maps: new Map(methods.map(m => [m, found.get(m.key)?.[0] ?? new Float32Array(0)])) })
  }
  progress.end()
  return { answers, probabilities }
}

/** The file name without folder and ending; the whole path where several pictures share that. */
function stemOf(name: string, all: readonly string[]): string {
  const bare = (path: string) => basename(path, extname(path))
  const shared = all.filter(other => bare(other) === bare(name)).length > 1 || /^[a-z-]+\/\d+\/\d+$/.test(name)
  return shared ? safe(name.replace(/\.[^./]+$/, '')) : bare(name)
}

const safe = (text: string): string => text.replace(/[^\w.-]+/g, '-')

function printJson(
  image: string,
  model: Model,
  backend: string,
  answers: readonly Answer[],
  probabilities: Float32Array,
): void {
  const describe = (index: number) => ({ index, name: model.classNames[index], probability: probabilities[index] })
  const predicted = describe(largest(probabilities))
  for (const { index, maps } of answers)
    for (const [{ key: method }, values] of maps) {
      const { rows, columns } = mapSize(model.transformer, values.length)
      const map = Array.from({ length: rows }, (_, r) => Array.from(values.subarray(r * columns, (r + 1) * columns)))
      const line = { image, model: model.id, method, backend, class: describe(index), predicted, rows, columns, map }
      process.stdout.write(`${JSON.stringify(line)}\n`)
    }
}

const RANKED = 5

/** Writes one overlay per class and method, and the sheets of them all; answers with the files. */
async function draw(
  subject: Subject,
  { id, classNames, transformer }: Model,
  backend: string,
  answers: readonly Answer[],
  probabilities: Float32Array,
  stem: string,
): Promise<string[]> {
  const { picture } = subject
  const files: string[] = []
  const write = (file: string, content: Buffer | string) => {
    writeFileSync(file, content)
    files.push(file)
  }
  const sections: Section[] = []
  for (const { index, maps } of answers) {
    const name = classNames[index] ?? String(index)
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
      write(`${stem}.${safe(name)}.${safe(method)}.png`, await encode(drawn))
    sections.push({
      name,
      probability: probabilities[index] ?? 0,
      predicted: index === largest(probabilities),
      truth: subject.truth(index),
      maps: explained,
    })
  }
  const sheet: Sheet = {
    title: `${subject.name} · ${id} · ${backend}`,
    picture,
    ranking: likeliest(probabilities, RANKED).map(index => ({
      name: classNames[index] ?? String(index),
      probability: probabilities[index] ?? 0,
    })),
    sections,
    ...(subject.credit !== undefined && { credit: subject.credit }),
  }
  write(`${stem}.sheet.png`, await drawSheet(sheet))
  write(`${stem}.sheet.html`, await htmlSheet(sheet))
  return files
}
