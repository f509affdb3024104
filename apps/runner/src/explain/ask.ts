import { basename } from 'node:path'
import { isSampled, type Target } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { largest, type ModelRun } from '@vitrine/measure'
import { ModelError, normalise } from '@vitrine/models'
import type { Failures } from '../cli/failures.ts'
import { startProgress } from '../cli/progress.ts'
import { tell } from '../cli/terminal.ts'
import { problemOf } from '../compare/examine.ts'
import { likeliest } from '../open/asked-class.ts'
import type { Subject } from '../open/picture.ts'
import { percent } from '../report/sheet.ts'
import { mistakeIn } from './usable-methods.ts'

/** What is asked about each picture. */
export interface ExplainRequest {
  /** The likeliest classes, so many of them. */
  readonly top?: number
  /** Else these classes; the predicted one if there are none. */
  readonly classes: readonly number[]
  readonly seed: number
  readonly quiet: boolean
  readonly json: boolean
  readonly failures: Failures
}

/** One class of a picture, and the raw map that each method makes of it. A map that could not be made, or has no finite numbers, is not there. */
export interface ClassMaps {
  readonly index: number
  /** The class, or the class against others. */
  readonly target: Target
  readonly maps: ReadonlyMap<MethodChoice, Float32Array>
}

export interface ExplainedPicture {
  readonly answers: readonly ClassMaps[]
  /** Of all classes. */
  readonly probabilities: Float32Array
}

/** Asks a model and the methods about a picture: first what is predicted, which is told at once, then maps of the asked classes. */
export async function ask(
  engine: ModelRun,
  methods: readonly MethodChoice[],
  { name, picture, isFile }: Subject,
  { classes, top, seed, quiet, json, failures }: ExplainRequest,
): Promise<ExplainedPicture> {
  const { classNames, transformer } = engine.model
  // Random numbers depend on the id: a scene's are those that bench takes, a file's are the same in any folder.
  const images = { ids: [isFile ? basename(name) : name], pixels: normalise(transformer.input, picture) }
  const [probabilities = new Float32Array(0)] = (await engine.explain([], images, seed)).probabilities
  if (!probabilities.every(Number.isFinite))
    throw new ModelError("the model's probabilities are not finite numbers; `npx -y pnpm@12 vitrine doctor` says why")
  const shown = (index: number) => `${classNames[index]} ${percent(probabilities[index] ?? 0)}`
  if (!quiet && !json && transformer.classes > 1)
    tell(`${name}: predicted ${likeliest(probabilities, 3).map(shown).join(', ')}`)
  const asked =
    top !== undefined ? likeliest(probabilities, top) : classes.length > 0 ? classes : [largest(probabilities)]

  const slow = methods.filter(m => isSampled(m.explainer))
  const quick = methods.filter(m => !slow.includes(m))
  const broken = new Set<MethodChoice>()
  const progress = startProgress(name, slow.length * asked.length, 'methods', quiet || slow.length === 0)
  const answers: ClassMaps[] = []
  for (const index of asked) {
    const maps = new Map<MethodChoice, Float32Array>()
    const [target = index] = engine.against
      ? (await engine.explain([], images, seed, Int32Array.of(index))).targets
      : []
    /** Methods of one pass go together; if they fail, each by itself, so that one does not take the others with it. */
    const explain = async (some: readonly MethodChoice[]): Promise<void> => {
      const able = some.filter(method => !broken.has(method))
      if (able.length === 0) return
      try {
        const found = (await engine.explain(able, images, seed, Int32Array.of(index))).maps
        for (const method of able) maps.set(method, found.get(method.key)?.[0] ?? new Float32Array(0))
      } catch (error) {
        const [only, ...others] = able
        if (only && others.length === 0) {
          broken.add(only)
          failures.add(`${name}: ${only.key}`, mistakeIn(error))
        } else for (const method of able) await explain([method])
      }
    }
    await explain(quick)
    for (const method of slow) {
      await explain([method])
      progress.advance(1)
    }
    for (const [method, map] of maps) {
      const problem = problemOf(map, true)
      if (problem === undefined) continue
      maps.delete(method)
      failures.add(`${name}, ${classNames[index]}`, `${method.key}: ${problem}; it is left out`)
    }
    // In the order in which they were asked for.
    const inOrder = methods.flatMap(method => {
      const map = maps.get(method)
      return map ? [[method, map] as const] : []
    })
    answers.push({ index, target, maps: new Map(inOrder) })
  }
  progress.end()
  return { answers, probabilities }
}
