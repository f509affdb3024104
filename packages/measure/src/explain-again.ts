import { scoreOf } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { type Protocol, perturbationMasks, removalMasks, removalOf, takesPatches } from '@vitrine/metrics'
import type { Explained } from './explain-batch.ts'
import type { ExplainedCells } from './explained.ts'
import type { MeasureOptions } from './image.ts'
import type { Groups } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { measureMosaics } from './mosaic.ts'
import { measurePaths, type PathStart } from './paths.ts'
import { measureRandomModels } from './randomisation.ts'
import { measureCloseImages } from './robustness.ts'

/** Per image and method key, what came of explaining it again under a protocol; nothing where the protocol does not ask. */
export type ExplainedAgain = (protocol: Protocol) => readonly ReadonlyMap<string, ExplainedCells>[] | undefined

/** Measures once for protocols of the same rules. */
async function oncePerRules<Rules>(
  protocols: readonly Protocol[],
  rulesOf: (protocol: Protocol) => Rules | undefined,
  measure: (rules: Rules, protocol: Protocol) => Promise<ReadonlyMap<string, ExplainedCells>[]>,
): Promise<ExplainedAgain> {
  const found = new Map<string | undefined, ReadonlyMap<string, ExplainedCells>[]>()
  for (const protocol of protocols) {
    const rules = rulesOf(protocol)
    const key = JSON.stringify(rules)
    if (rules && !found.has(key)) found.set(key, await measure(rules, protocol))
  }
  return protocol => found.get(JSON.stringify(rulesOf(protocol)))
}

/** Explains mosaics, images close by, and by random models. */
export async function explainAgain(
  run: ModelRun,
  methods: readonly MethodChoice[],
  images: readonly Explained[],
  groups: Groups,
  { protocols, seed, others = async () => [] }: MeasureOptions,
): Promise<ExplainedAgain[]> {
  const asked = <G extends 'mosaic' | 'robustness' | 'randomisation'>(group: G) => {
    return (protocol: Protocol): Protocol[G] => (groups.has(group) ? protocol[group] : undefined)
  }
  return [
    await oncePerRules(protocols, asked('mosaic'), rules => measureMosaics(run, rules, methods, images, others, seed)),
    await oncePerRules(protocols, asked('robustness'), rules => measureCloseImages(run, rules, methods, images, seed)),
    await oncePerRules(protocols, asked('randomisation'), rules =>
      measureRandomModels(run, rules, methods, images, seed),
    ),
  ]
}

/** Maps along the paths of protocols with diagnostics; those that follow the same maps along the same paths share the explanations. */
export const followPaths = (
  run: ModelRun,
  methods: readonly MethodChoice[],
  images: readonly Explained[],
  protocols: readonly Protocol[],
  seed: number,
): Promise<ExplainedAgain> =>
  oncePerRules(
    protocols,
    ({ localization, faithfulness, diagnostics }) => diagnostics && { localization, faithfulness, diagnostics },
    async ({ diagnostics }, protocol) => {
      const removal = removalOf(protocol)
      if (takesPatches(removal))
        throw new RangeError(
          `[vitrine] [measure] ${protocol.id}: expected a removal of pixels along paths, got ${removal.kind}`,
        )
      const starts = images.map((image): PathStart => {
        return {
          ...image,
          probability: scoreOf(image.asked.predicted, image.probabilities),
          predicted: new Map([...image.maps].map(([key, maps]) => [key, maps.predicted])),
          *removal(method, path) {
            const ranked = perturbationMasks(protocol, image.rankings(method, 'predicted'))
            if (ranked.state !== 'ok') return
            for (const mask of removalMasks(protocol, path, ranked.masks.morf)) {
              const out = new Float32Array(image.pixels.length)
              image.passes.remover(removal)(mask, out)
              yield out
            }
          },
        }
      })
      return measurePaths(run, protocol, diagnostics, methods, starts, seed)
    },
  )
