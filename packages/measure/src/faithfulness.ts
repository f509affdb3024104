import { scoreOf } from '@vitrine/explainers'
import { hash32, type MethodChoice } from '@vitrine/explainers/run'
import {
  applyMask,
  curvesOf,
  distinctPerturbations,
  type FaithfulnessColumns,
  type Protocol,
  perturbationMasks,
  type RankedMap,
  rankMap,
  type Target,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { faithfulnessCells } from './columns.ts'
import { heatmapOf } from './heatmap.ts'
import type { MapsOfImage, MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'

/** The order of the pixels of each map of one image, from the most relevant to the least; computed once per map. */
export type Rankings = (method: MethodChoice, target: Target) => RankedMap

/** @param maps by method key */
export function rankingsOf(
  { model: { transformer } }: ModelRun,
  { sample }: MeasuredSample,
  maps: ReadonlyMap<string, MapsOfImage>,
  seed: number,
): Rankings {
  // The maps of both classes are one array where the label was predicted, and where the method is not class-specific.
  const ofMaps = new Map<Float32Array | undefined, RankedMap>()
  return ({ key, explainer }, target) => {
    const map = maps.get(key)?.[target]
    const known = ofMaps.get(map)
    const heatmap = () => heatmapOf(transformer, explainer, map ?? new Float32Array(0))
    const found = known ?? rankMap(heatmap(), transformer.input.imageSize, hash32(`${seed} ${sample.id}`))
    ofMaps.set(map, found)
    return found
  }
}

/** The MoRF and LeRF curves of one method under one protocol. */
export interface MeasuredCurves {
  readonly method: string
  readonly protocol: string
  readonly cells: Readonly<Record<string, Cell>>
  /** Forward passes that the curves need beyond the prediction's own. */
  readonly passes: number
}

/**
 * Runs the perturbed images of every method's maps of one image: each distinct mask once for all methods and protocols.
 *
 * @param probabilities of the unperturbed image
 */
export async function measureCurves(
  run: ModelRun,
  methods: readonly MethodChoice[],
  protocols: readonly Protocol[],
  { pixels, classes, asked = classes }: MeasuredSample,
  rankings: Rankings,
  probabilities: Float32Array,
): Promise<MeasuredCurves[]> {
  const perturbed = methods.flatMap(method =>
    protocols.flatMap(protocol =>
      protocol.faithfulness.targets.map(target => ({
        method,
        protocol,
        target,
        found: perturbationMasks(protocol, rankings(method, target)),
      })),
    ),
  )
  const ranked = perturbed.flatMap(p => (p.found.state === 'ok' ? [{ ...p, found: p.found }] : []))
  const { masks, uses } = distinctPerturbations(ranked.map(p => p.found))
  const rows = await perturbedProbabilities(run, pixels, probabilities, masks, uses)

  return methods.flatMap(method =>
    protocols.map((protocol): MeasuredCurves => {
      const own = perturbed.filter(p => p.method === method && p.protocol === protocol)
      const curvesOfTarget = (target: Target): FaithfulnessColumns => {
        const use = uses[ranked.findIndex(p => p.method === method && p.protocol === protocol && p.target === target)]
        const state = own.find(p => p.target === target)?.found.state
        if (!use) return { state: state === 'nan' ? 'nan' : 'flat' }
        const values = rows.map(row => scoreOf(asked[target], row))
        return { state: 'ok', ...curvesOf(use, values) }
      }
      const cells = own.map(({ target }) => faithfulnessCells(target, curvesOfTarget(target)))
      const found = ranked.filter(p => p.method === method && p.protocol === protocol).map(p => p.found)
      const passes = found.length === 0 ? 0 : distinctPerturbations(found).masks.length - 1
      return { method: method.key, protocol: protocol.id, cells: Object.assign({}, ...cells), passes }
    }),
  )
}

// Class probabilities of the fully masked image, which is the same for every image: run once per model.
const masked = new WeakMap<ModelRun, Promise<Float32Array[]>>()

/**
 * Class probabilities under each mask. The first step of a curve (nothing masked) is `unperturbed` and the last (all masked) is known, so neither
 * takes a pass.
 */
export async function perturbedProbabilities(
  run: ModelRun,
  image: Float32Array,
  unperturbed: Float32Array,
  masks: readonly Uint8Array[],
  uses: readonly Readonly<Record<'morf' | 'lerf', readonly number[]>>[],
): Promise<Float32Array[]> {
  const blank = masked.get(run) ?? run.probabilities(1, (_, out) => out.fill(0))
  masked.set(run, blank)
  const [nothing] = await blank
  const [first, last] = [uses[0]?.morf[0], uses[0]?.morf.at(-1)]
  const inner = masks.flatMap((mask, i) => (i === first || i === last ? [] : [{ mask, i }]))
  const found = await run.probabilities(inner.length, (k, out) => {
    const mask = inner[k]?.mask
    if (mask) applyMask(image, mask, out)
  })
  const rows = masks.map((_, i) => (i === last && nothing ? nothing : unperturbed))
  inner.forEach(({ i }, k) => {
    const row = found[k]
    if (row) rows[i] = row
  })
  return rows
}
