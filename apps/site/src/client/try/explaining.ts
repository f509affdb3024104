import type { Backend, Precision } from '@vitrine/backends/core'
import { type Explainer, explainers, isSampled, resolveOptions } from '@vitrine/explainers'
import { type MethodChoice, mapSize } from '@vitrine/explainers/run'
import { imagePasses, measureCurves, openModelRun, rankingsOf } from '@vitrine/measure'
import { distinctPerturbations, faithfulnessScores, perturbationMasks, protocols } from '@vitrine/metrics'
import { fitPicture, normalise } from '@vitrine/models/architecture'
import type { Model } from '@vitrine/models/checkpoint'
import { countFlops, input, program } from '@vitrine/tensor'
import type { Answered, Curve, OpenedModel, Pixels } from './messages.ts'

type Answer = (answer: Answered) => void

/** A model that answers what a page asks, one question at a time. */
export interface Explaining {
  readonly opened: OpenedModel
  /** Takes a picture of any size; answers with what the model sees and predicts. */
  look(picture: Pixels, id: string): Promise<void>
  /** Maps of methods for classes, each as soon as it is there, until `isOver`. */
  explain(
    question: number,
    methods: readonly string[],
    targets: readonly number[],
    isOver: () => boolean,
    precision?: 'single',
  ): Promise<void>
  /** What happens to a class's probability as patches are taken away in the order of a method's map, beside a random order. */
  film(question: number, method: string, target: number): Promise<void>
}

/** The protocol whose curves the film shows. */
const { standard } = protocols

/** One-pass methods share what they have in common, so they are run together: few at first, that the first map is soon there. */
const TOGETHER = [1, 3, 6] as const

/** The seed of everything random here, as that of the published records. */
const SEED = 0

const RANDOM = 'random'

/** What programs run on, and in a sentence why. */
export interface RunsOn {
  readonly single: Backend
  /** For methods in which roundings of float32 grow; absent where there is no room for it. */
  readonly double?: Backend | undefined
  readonly words: string
}

export function explaining({ single, double, words }: RunsOn, model: Model, answer: Answer): Explaining {
  const { transformer } = model
  const { imageSize, mean } = transformer.input
  let onPasses = (_: number): void => {}
  const run = openModelRun(single, model, 1, passes => onPasses(passes))
  const precise = double && openModelRun(double, model, 1)
  const needed = ({ conditioning }: Explainer): Precision => (conditioning === 'poor' && precise ? 'double' : 'single')
  let image: { readonly pixels: Float32Array; readonly id: string; readonly probabilities: Float32Array } | undefined

  const looked = () => {
    if (!image) throw new Error('expected a picture first')
    return image
  }

  async function mapsOf(
    methods: readonly MethodChoice[],
    target: number,
    precision: Precision,
  ): Promise<ReadonlyMap<string, MapOfMethod>> {
    const { pixels, id } = looked()
    const began = performance.now()
    const engine = precision === 'double' && precise ? precise : run
    const { maps, costs } = await engine.explain(methods, { ids: [id], pixels }, SEED, Int32Array.of(target))
    const backend = `${engine.backend.id}:${engine.backend.engine}`
    const milliseconds = performance.now() - began
    return new Map(
      methods.flatMap(({ key }) => {
        const values = maps.get(key)?.[0]
        return values
          ? [[key, { values, milliseconds, backend, precision, passes: costs.get(key)?.[0] ?? null }] as const]
          : []
      }),
    )
  }

  return {
    opened: {
      name: model.name,
      hash: model.hash,
      size: imageSize,
      mean,
      classNames: model.classNames,
      facts: model.facts,
      cautions: model.cautions,
      gflop: forwardFlops(model) / 1e9,
      engine: words,
    },

    async look(picture, id) {
      const seen = fitPicture(model.fit, imageSize, picture)
      const pixels = normalise(transformer.input, seen)
      const [probabilities = new Float32Array(0)] = (await run.explain([], { ids: [id], pixels }, SEED)).probabilities
      image = { pixels, id, probabilities }
      answer({
        kind: 'looked',
        seen: { ...imageSize, data: Uint8Array.from(seen.data) },
        probabilities,
      })
    },

    async explain(question, methods, targets, isOver, asked) {
      for (const { batch, precision } of batchesOf(methods.flatMap(choiceOf), one => asked ?? needed(one))) {
        for (const target of targets) {
          onPasses = passes => {
            const [only] = batch
            if (only && isSampled(only.explainer)) answer({ kind: 'passes', question, method: only.key, passes })
          }
          // What cannot be built fails alone.
          const made = await mapsOf(batch, target, precision).catch(() => undefined)
          for (const method of batch) {
            if (isOver()) return
            try {
              const map = (made ?? (await mapsOf([method], target, precision))).get(method.key)
              if (!map) continue
              const { rows, columns } = mapSize(transformer, map.values.length)
              const together = made ? batch.length : 1
              answer({ kind: 'map', question, method: method.key, target, rows, columns, together, ...map })
            } catch (error) {
              answer({ kind: 'unable', question, method: method.key, reason: reasonOf(error) })
            }
          }
        }
        if (isOver()) return
        await breath()
      }
      answer({ kind: 'done', question })
    },

    async film(question, method, target) {
      const { pixels, id, probabilities } = looked()
      const methods = [...new Set([method, RANDOM])].flatMap(choiceOf)
      const sample = {
        pixels,
        classes: { predicted: target, label: target },
        sample: { id, label: target, objects: [], image: { ...imageSize, data: new Uint8Array(0) } },
      }
      const maps = new Map<string, { predicted: Float32Array; label: Float32Array }>()
      for (const one of methods) {
        const values = (await mapsOf([one], target, needed(one.explainer))).get(one.key)?.values
        if (values) maps.set(one.key, { predicted: values, label: values })
      }
      const rankings = rankingsOf(run, sample, maps, SEED)
      const passes = imagePasses(run, sample, probabilities, SEED)
      const measured = await measureCurves(methods, [standard], sample, rankings, passes)
      const [own] = methods
      const ranked = own && perturbationMasks(standard, rankings(own, 'predicted'))
      if (ranked?.state !== 'ok') {
        answer({ kind: 'unable', question, method, reason: 'its map ranks no pixel above another here' })
        return
      }
      const { masks, uses } = distinctPerturbations([ranked])
      const [use] = uses
      const all = (order: readonly number[] = []) => order.map(i => masks[i] ?? new Uint8Array(0))
      const curve = (key: string): Curve => {
        const cells = measured.find(m => m.method === key)?.cells ?? {}
        const [morf, lerf] = [
          numbersIn(cells['faithfulness.predicted.morf']),
          numbersIn(cells['faithfulness.predicted.lerf']),
        ]
        return { morf, lerf, abpc: faithfulnessScores(standard, { morf, lerf }).abpc }
      }
      answer({
        kind: 'film',
        question,
        steps: standard.faithfulness.steps,
        masks: { morf: all(use?.morf), lerf: all(use?.lerf) },
        method: curve(method),
        random: curve(RANDOM),
      })
    },
  }
}

interface MapOfMethod {
  readonly values: Float32Array
  readonly milliseconds: number
  readonly backend: string
  readonly precision: Precision
  readonly passes: number | null
}

const numbersIn = (cell: unknown): number[] => (Array.isArray(cell) ? cell.map(Number) : [])

/** A bundled method as it is by default; none of another id. */
export function choiceOf(id: string): MethodChoice[] {
  const explainer = explainers.find(one => one.id === id)
  return explainer ? [{ key: id, explainer, options: resolveOptions(id, explainer.options) }] : []
}

interface Together {
  readonly batch: readonly MethodChoice[]
  readonly precision: Precision
}

/** Methods in their order, one-pass methods of one precision several at a time, each sampled one alone. */
function batchesOf(methods: readonly MethodChoice[], needed: (explainer: Explainer) => Precision): Together[] {
  const batches: Together[] = []
  const open: Record<Precision, MethodChoice[]> = { single: [], double: [] }
  const close = (precision: Precision) => {
    if (open[precision].length > 0) batches.push({ batch: open[precision], precision })
    open[precision] = []
  }
  for (const method of methods) {
    const precision = needed(method.explainer)
    if (isSampled(method.explainer)) {
      close(precision)
      batches.push({ batch: [method], precision })
      continue
    }
    open[precision].push(method)
    if (open[precision].length >= (TOGETHER[batches.length] ?? TOGETHER[TOGETHER.length - 1] ?? 1)) close(precision)
  }
  close('single')
  close('double')
  return batches
}

/** Lets what the page has sent meanwhile arrive. */
const breath = (): Promise<void> => new Promise(resolve => setTimeout(resolve))

const forwardFlops = ({ transformer }: Model): number =>
  countFlops(program({ logits: transformer.trace(input('image', transformer.imageShape(1))).logits }))

/** An error in a line, without the name of the project in front. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^(?:\[\w+\] )+/, '').slice(0, 300)
