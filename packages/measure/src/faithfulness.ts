import { scoreOf } from '@vitrine/explainers'
import { hash32, type MethodChoice } from '@vitrine/explainers/run'
import {
  type Curve,
  distinctPerturbations,
  type FaithfulnessColumns,
  onPatches,
  type Protocol,
  perturbationMasks,
  type RankedMap,
  type Removal,
  rankMap,
  removalOf,
  type Target,
  takesPatches,
} from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { faithfulnessCells } from './columns.ts'
import { heatmapOf } from './heatmap.ts'
import type { MapsOfImage, MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import type { ImagePasses, Removed } from './passes.ts'

/**
 * The order of the pixels of each map of one image, from the most relevant to the least, or of its patches where a removal takes those; computed
 * once per map.
 */
export type Rankings = (method: MethodChoice, target: Target, removal?: Removal) => RankedMap

/** @param maps by method key */
export function rankingsOf(
  { model: { transformer } }: ModelRun,
  { sample }: MeasuredSample,
  maps: ReadonlyMap<string, MapsOfImage>,
  seed: number,
): Rankings {
  const { grid, input } = transformer
  const tieSeed = hash32(`${seed} ${sample.id}`)
  // The maps of both classes are one array where the label was predicted, and where the method is not class-specific.
  const ofPixels = new Map<Float32Array | undefined, RankedMap>()
  const ofPatches = new Map<Float32Array | undefined, RankedMap>()
  return ({ key, explainer }, target, removal) => {
    const map = maps.get(key)?.[target]
    const heatmap = () => heatmapOf(transformer, explainer, map ?? new Float32Array(0))
    const [known, rank] =
      removal && takesPatches(removal)
        ? [
            ofPatches,
            () => {
              const patches = onPatches(heatmap(), grid, input.imageSize)
              return rankMap(patches, { width: patches.columns, height: patches.rows }, tieSeed)
            },
          ]
        : [ofPixels, () => rankMap(heatmap(), input.imageSize, tieSeed)]
    const found = known.get(map) ?? rank()
    known.set(map, found)
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

const curves: readonly Curve[] = ['morf', 'lerf']

/** Runs the perturbed images of every method's maps of one image: each distinct one once for all methods and protocols. */
export async function measureCurves(
  methods: readonly MethodChoice[],
  protocols: readonly Protocol[],
  { classes, asked = classes }: Pick<MeasuredSample, 'classes' | 'asked'>,
  rankings: Rankings,
  passes: ImagePasses,
): Promise<MeasuredCurves[]> {
  const perturbed = methods.flatMap(method =>
    protocols.flatMap(protocol =>
      protocol.faithfulness.targets.map(target => {
        const removal = removalOf(protocol)
        const found = perturbationMasks(protocol, rankings(method, target, removal))
        return { method, protocol, target, removal, found }
      }),
    ),
  )
  const wanted = perturbed.flatMap(({ removal, found }) =>
    found.state === 'ok' ? curves.flatMap(curve => found.masks[curve].map((mask): Removed => ({ removal, mask }))) : [],
  )
  const rows = (await passes.without(wanted)).values()
  const columns = new Map(
    perturbed.map((one): [typeof one, FaithfulnessColumns] => {
      const { found, target } = one
      if (found.state !== 'ok') return [one, { state: found.state }]
      const next = () => scoreOf(asked[target], rows.next().value ?? [])
      const [morf, lerf] = [found.masks.morf.map(next), found.masks.lerf.map(next)]
      return [one, { state: 'ok', morf, lerf }]
    }),
  )

  return methods.flatMap(method =>
    protocols.map((protocol): MeasuredCurves => {
      const own = perturbed.filter(p => p.method === method && p.protocol === protocol)
      const cells = own.map(one => faithfulnessCells(one.target, columns.get(one) ?? { state: 'flat' }))
      const found = own.flatMap(one => (one.found.state === 'ok' ? [one.found] : []))
      const count = found.length === 0 ? 0 : distinctPerturbations(found).masks.length - 1
      return { method: method.key, protocol: protocol.id, cells: Object.assign({}, ...cells), passes: count }
    }),
  )
}
