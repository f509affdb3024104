import { measureCoherence, pixelGroups } from '../coherence/pixel-groups.ts'
import { columnName } from '../columns.ts'
import { measureCompleteness } from '../completeness/measure-completeness.ts'
import { measurePair } from '../discrimination/measure-pair.ts'
import { listRegions, measureEffects, regionMask, regionsOf } from '../effects/regions.ts'
import { applyMask, curvesOf, distinctPerturbations, perturbationMasks, rankMap } from '../faithfulness/perturbation.ts'
import { followPaths } from '../frozen/follow-paths.ts'
import { insertionMasks, insertionShares } from '../insertion/game.ts'
import { localize } from '../localization/localize.ts'
import { readyMap } from '../map/heatmap.ts'
import { imageTruth } from '../map/image-truth.ts'
import { measureMap } from '../map/measure-map.ts'
import { type MapGroup, valuesOf } from '../metric.ts'
import { measureMosaic } from '../mosaic/measure-mosaic.ts'
import { measureObjects } from '../objects/measure-objects.ts'
import { sharedSteps } from '../paths/paths.ts'
import { removalMasks } from '../paths/removal.ts'
import { boxOnInput, objectOnInput } from '../paths/walk.ts'
import type { CoherenceRules, EffectRules, InsertionRules, Protocol, TieRule } from '../protocol.ts'
import { measureRandomisation } from '../randomisation/measure-randomisation.ts'
import { redrawn } from '../randomisation/redrawn.ts'
import { registry } from '../registry.ts'
import { type PixelRemoval, removerOf } from '../removal/remove.ts'
import { measureRobustness } from '../robustness/measure-robustness.ts'
import { imageDistance, neighbours } from '../robustness/neighbours.ts'
import { fade } from '../soft-mask/fade.ts'
import { fractions, irregular } from '../testing/numbers.ts'
import type { Heatmap, MetricGroup, Truth } from '../types.ts'
import { cases, type GoldenCase, pairInput, pairs, pairTruths, protocolsOf, seedOf } from './cases.ts'
import { type Cell, masksText, text, valuesText } from './text.ts'

/** What a case stores: per column (or per intermediate that decides columns) its exact value as text. */
export type Columns = Readonly<Record<string, string>>
export type Found = Readonly<Record<string, Columns>>

/** The columns of a result that has a state and, where that is `ok`, values. */
function columnsOf(group: MetricGroup, found: { state: string; values?: object; parts?: object }): Columns {
  const values = Object.entries({ ...found.values, ...found.parts }) as [string, Cell][]
  const name = (part: string) => columnName(group, 'predicted', part)
  return {
    [name('state')]: found.state,
    ...Object.fromEntries(values.map(([part, value]) => [name(part), text(value)])),
  }
}

type Variants = Readonly<Record<string, Protocol>>

const each = (variants: Variants, columns: (protocol: Protocol, one: GoldenCase) => Columns): Found =>
  Object.fromEntries(
    Object.entries(variants).flatMap(([variant, protocol]) =>
      cases.map(one => [`${one.name} (${variant})`, columns(protocol, one)]),
    ),
  )

function localizationColumns({ paper, standard }: Variants & { paper: Protocol; standard: Protocol }): Found {
  return each({ paper, standard }, (protocol, { heatmap, truth }) => {
    const { state, counts } = localize(protocol, heatmap, truth)
    return columnsOf('localization', counts ? { state, values: counts } : { state })
  })
}

/** The two protocols, each with further rules that neither of them takes. */
function faithfulnessVariants({ paper, standard }: { paper: Protocol; standard: Protocol }): Variants {
  const withTies = (kind: TieRule['kind'], steps: readonly number[]): Protocol => ({
    ...paper,
    faithfulness: { ...paper.faithfulness, steps, ties: { kind } },
  })
  return {
    paper,
    standard,
    'ties by index': withTies('index', [0, 0.4, 1]),
    'few pixels': withTies('introselect', [0, 0.01, 1]),
  }
}

function faithfulnessColumns(protocols: { paper: Protocol; standard: Protocol }): Found {
  return each(faithfulnessVariants(protocols), (protocol, { name, heatmap, input }) => {
    const found = perturbationMasks(protocol, rankMap(heatmap, input, irregular(seedOf(name), 9) - 500))
    if (found.state !== 'ok') return columnsOf('faithfulness', found)
    const { masks, uses } = distinctPerturbations([found])
    const curves = curvesOf(uses[0] ?? { morf: [], lerf: [] }, fractions(masks.length, seedOf(name)))
    return {
      ...columnsOf('faithfulness', { state: found.state, values: curves }),
      'masks morf': masksText(found.masks.morf),
      'masks lerf': masksText(found.masks.lerf),
      'perturbed input': valuesText([applyMask(input.values, found.masks.morf[1] ?? new Uint8Array())], 24),
    }
  })
}

/** Images without some of their pixels. */
function removedColumns(): Found {
  const removals: readonly PixelRemoval[] = [
    { kind: 'black' },
    { kind: 'mean-colour' },
    { kind: 'blur', sigma: 2 },
    { kind: 'kernel-blur', size: 5, sigma: 2 },
    { kind: 'linear-imputation', noise: 0 },
    { kind: 'linear-imputation', noise: 0.5 },
  ]
  const mask = Uint8Array.from(fractions(pairInput.width * pairInput.height, 8), value => Number(value < 0.4))
  return Object.fromEntries(
    removals.map(removal => {
      const out = new Float32Array(pairInput.values.length)
      removerOf(removal, { ...pairInput, black: [-2, -1.5, -1], seed: 3 })(mask, out)
      return [`removal ${Object.values(removal).join(' ')}`, { 'perturbed input': valuesText([out], 24) }]
    }),
  )
}

function insertionColumns({ standard }: { standard: Protocol }): Found {
  const ways: readonly InsertionRules['steps'][] = [5, [0, 0.01, 0.07, 0.3, 0.5, 1]]
  return each({ standard }, (_, { name, heatmap, input }) => {
    const map = rankMap(heatmap, input, irregular(seedOf(name), 9) - 500)
    if (map.state !== 'ok') return columnsOf('insertion', map)
    const steps = ways[seedOf(name) % 2] ?? 5
    const masks = insertionMasks(map.pixels, steps)
    const shares = insertionShares(steps)
    const question = { shares, insertion: fractions(6, seedOf(name)), deletion: fractions(6, seedOf(name) + 1) }
    return {
      ...columnsOf('insertion', { state: map.state, values: valuesOf(registry.insertion, question) }),
      'masks insertion': masksText(masks.insertion),
      'masks deletion': masksText(masks.deletion),
    }
  })
}

function softMaskColumns({ standard }: { standard: Protocol }): Found {
  return each({ standard }, (_, { name, heatmap, input }) => {
    const map = readyMap(heatmap, input)
    if (map.state !== 'ok') return columnsOf('soft-mask', map)
    const [before = 0, after = 0] = fractions(2, seedOf(name))
    return {
      ...columnsOf('soft-mask', { state: map.state, values: valuesOf(registry['soft-mask'], { before, after }) }),
      'perturbed input': valuesText([fade(map.values, input.values)], 24),
    }
  })
}

const mapColumns =
  (group: MapGroup, more: Partial<Truth> = {}) =>
  ({ standard }: { standard: Protocol }): Found =>
    each({ standard }, (protocol, { heatmap, truth, input }) => {
      const rules = protocol.diagnostics
      if (!rules) return {}
      return columnsOf(group, measureMap(rules, heatmap, imageTruth(protocol, { ...truth, ...more }, input))[group])
    })

function discriminationColumns({ standard }: { standard: Protocol }): Found {
  const [one, other] = pairTruths.map(truth => imageTruth(standard, truth, pairInput))
  if (!one || !other) return {}
  return Object.fromEntries(
    pairs.map(({ name, first, second }) => [
      name,
      columnsOf('discrimination', measurePair({ heatmap: first, scene: one }, { heatmap: second, scene: other })),
    ]),
  )
}

/** Maps along paths: of what is left of a map, of other maps, of the same map, and of maps that rank nothing. */
function followedColumns(): Found {
  const own = fractions(30, 3)
  const flat = own.map(() => 1)
  const nan = own.map((value, i) => (i === 3 ? Number.NaN : value))
  const ties = own.map((_, i) => i % 3)
  const paths: Readonly<Record<string, readonly Heatmap['values'][]>> = {
    'a map that changes': [own, ...[1, 2, 3, 4].map(step => own.map((value, i) => (i % 5 < step ? 0 : value)))],
    'a map that stays': [own, own, own.map(value => 2 * value - 1), own],
    'other maps': [own, fractions(30, 4), fractions(30, 5), own.map(value => -value)],
    'maps with ties': [ties, own, ties.map(value => 2 - value), own.map((_, i) => i % 2)],
    'steps that rank nothing': [own, flat, nan, own],
    'a flat map': [flat, own],
    'NaN in the map': [nan, own],
    'no step': [own],
  }
  return Object.fromEntries(
    Object.entries(paths).map(([name, maps]) => [
      name,
      columnsOf('frozen', followPaths(maps, fractions(maps.length, seedOf(name)))),
    ]),
  )
}

/** The pixels that the paths show the model, for every truth; and which pixels the method's own order takes away. */
function pathColumns({ standard }: { standard: Protocol }): Found {
  const chosen = cases.filter(({ name }) =>
    ['smooth on a mask', 'smooth, grey input', 'no box', 'two boxes with fractional edges', 'NaN'].includes(name),
  )
  const distractors = { 'with a distractor': [13, 2.5, 17, 9], 'without one': null } as const
  return Object.fromEntries(
    chosen.flatMap(({ name, heatmap, truth, input }) =>
      Object.entries(distractors).map(([kind, box]) => {
        const { object, grid } = imageTruth(standard, truth, input)
        const shown = object ? objectOnInput(object, grid, input) : new Uint8Array(input.width * input.height)
        const distractor = box && boxOnInput(box, truth, input)
        const walk = { image: input, object: shown, distractor, seed: irregular(seedOf(name), 4) - 500 }
        const ranked = perturbationMasks(standard, rankMap(heatmap, input, 1))
        const steps = (standard.diagnostics?.paths ?? []).map(path => {
          if (path.kind !== 'removal') return [path.kind, valuesText(sharedSteps(path, walk), 36)]
          return [path.kind, ranked.masks ? masksText(removalMasks(standard, path, ranked.masks.morf)) : ranked.state]
        })
        const columns = { object: masksText([shown]), distractor: text(distractor), ...Object.fromEntries(steps) }
        return [`paths of ${name}, ${kind}`, columns]
      }),
    ),
  )
}

/** Regions of every kind, and probabilities without them that have nothing to do with the map. */
function effectColumns(): Found {
  const rules: EffectRules = {
    targets: ['predicted'],
    images: 'all',
    grid: 3,
    shares: [0.2, 0.6],
    fidelity: 0.2,
    draws: 5,
  }
  return Object.fromEntries(
    cases.map(({ name, heatmap, input }) => {
      const regions = regionsOf(rules, { width: 4, height: 3 }, irregular(seedOf(name), 5) - 500)
      const list = listRegions(regions)
      const falls = fractions(list.length, seedOf(name)).map(value => value - 0.25)
      const masks = list.map(region => regionMask(region, input))
      return [name, { ...columnsOf('effects', measureEffects(heatmap, regions, falls)), masks: masksText(masks) }]
    }),
  )
}

/** Things that lie apart, over each other, and alone. */
function objectColumns(): Found {
  return Object.fromEntries(
    cases.map(({ name, heatmap, truth: { width, height } }) => {
      const things = [0, 1, 2].map(thing => ({
        mask: Uint8Array.from({ length: width * height }, (_, p) => Number(Math.floor((p % width) / 5) === thing)),
        fall: irregular(seedOf(name), thing) / 1009 - (thing === 2 ? 1 : 0),
      }))
      const count = name === 'one row' ? 1 : things.length
      return [name, columnsOf('objects', measureObjects(heatmap, things.slice(0, count), { width, height }))]
    }),
  )
}

/** Maps of the golden pairs in the first and last picture, and the first of them in the others. */
const mosaicColumns = (): Found =>
  Object.fromEntries(
    pairs.map(({ name, first, second }) => [name, columnsOf('mosaic', measureMosaic([first, first, first, second]))]),
  )

/** The golden pairs as the map of an image and of those close to it. */
function robustnessColumns(): Found {
  const images = [...neighbours({ radius: 0.2, draws: 3 }, pairInput.values, 7)]
  const distances = images.map(image => imageDistance(image, pairInput.values))
  return Object.fromEntries(
    pairs.map(({ name, first, second }) => {
      const close = [first, second, second].map((heatmap, i) => ({ heatmap, distance: distances[i] ?? 0 }))
      const found = columnsOf('robustness', measureRobustness(first, close))
      return [name, { ...found, distances: distances.map(text).join(' ') }]
    }),
  )
}

/** The golden pairs as maps of a model and of one that is random, whose numbers are drawn. */
const randomisationColumns = (): Found =>
  Object.fromEntries(
    pairs.map(({ name, first, second }) => {
      const found = measureRandomisation({ original: first, stages: [first, second], otherClass: second })
      const drawn = redrawn(Float32Array.from(fractions(9, seedOf(name))), irregular(seedOf(name), 1))
      return [name, { ...columnsOf('randomisation', found), drawn: valuesText([drawn], 3) }]
    }),
  )

/** Groups of a map's pixels. */
function coherenceColumns(): Found {
  const rules: CoherenceRules = { targets: ['predicted'], images: 'all', groups: 7 }
  return Object.fromEntries(
    cases.map(({ name, heatmap, input }) => {
      const ranked = rankMap(heatmap, input, irregular(seedOf(name), 9) - 500)
      if (ranked.state !== 'ok') return [name, columnsOf('coherence', ranked)]
      const groups = pixelGroups(rules, ranked)
      const found = measureCoherence(groups, fractions(rules.groups, seedOf(name)))
      return [name, { ...columnsOf('coherence', found), masks: masksText(groups.masks) }]
    }),
  )
}

const found: { readonly [G in MetricGroup]: (protocols: { paper: Protocol; standard: Protocol }) => Found } = {
  localization: localizationColumns,
  faithfulness: protocols => ({ ...faithfulnessColumns(protocols), ...removedColumns() }),
  pointing: mapColumns('pointing'),
  texture: mapColumns('texture'),
  diffusion: mapColumns('diffusion'),
  discrimination: discriminationColumns,
  insertion: insertionColumns,
  'soft-mask': softMaskColumns,
  frozen: protocols => ({ ...followedColumns(), ...pathColumns(protocols) }),
  effects: effectColumns,
  objects: objectColumns,
  coherence: coherenceColumns,
  benchmarks: mapColumns('benchmarks', { others: 1 }),
  complexity: mapColumns('complexity'),
  mosaic: mosaicColumns,
  robustness: robustnessColumns,
  randomisation: randomisationColumns,
  completeness: () =>
    Object.fromEntries(
      cases.map(({ name, heatmap }) => [
        name,
        columnsOf('completeness', measureCompleteness(heatmap, irregular(seedOf(name), 3) / 50 - 5)),
      ]),
    ),
}

/** What the code makes of every case of a group. */
export const goldenColumns = (group: MetricGroup, folder: URL): Found => found[group](protocolsOf(folder))
