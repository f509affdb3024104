import { scoreOf } from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { fade, type ReadyMap, readyMap, registry, type SoftMaskRules, type Target, valuesOf } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { heatmapOf } from './heatmap.ts'
import type { PassCells } from './insertion.ts'
import { groupCells, type MapsOfImage, type MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'

type Ok = Extract<ReadyMap, { state: 'ok' }>

const equal = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])

/**
 * What the model says of one image multiplied by each method's map: equal maps are run once for all methods, protocols and classes.
 *
 * @param maps by method key
 * @param probabilities of the image
 */
export function softMasks(
  run: ModelRun,
  { pixels, classes, asked = classes }: Pick<MeasuredSample, 'pixels' | 'classes' | 'asked'>,
  maps: ReadonlyMap<string, MapsOfImage>,
  probabilities: Float32Array,
): (rules: SoftMaskRules, methods: readonly MethodChoice[]) => Promise<ReadonlyMap<MethodChoice, PassCells>> {
  const { transformer } = run.model
  const { width, height } = transformer.input.imageSize
  // A map of ones leaves the image as it is.
  const whole: Ok = { state: 'ok', values: new Float32Array(width * height).fill(1) }
  const known: { readonly map: Ok; readonly row: Float32Array }[] = [{ map: whole, row: probabilities }]
  const rowOf = ({ values }: Ok) => known.find(({ map }) => equal(map.values, values))?.row

  async function runAll(missing: readonly Ok[]): Promise<void> {
    const rows = await run.probabilities(missing.length, (k, out) => {
      const map = missing[k]
      if (map) fade(map.values, pixels, out)
    })
    rows.forEach((row, k) => {
      const map = missing[k]
      if (map) known.push({ map, row })
    })
  }

  return async ({ targets }, methods) => {
    const ready = methods.flatMap(method =>
      targets.map((target): { method: MethodChoice; target: Target; map: ReadyMap } => {
        const values = maps.get(method.key)?.[target] ?? new Float32Array(0)
        return {
          method,
          target,
          map: readyMap(heatmapOf(transformer, method.explainer, values), transformer.input.imageSize),
        }
      }),
    )
    const missing: Ok[] = []
    for (const { map } of ready)
      if (map.state === 'ok' && !rowOf(map) && !missing.some(one => equal(one.values, map.values))) missing.push(map)
    await runAll(missing)
    return new Map(
      methods.map((method): [MethodChoice, PassCells] => {
        const cells: Record<string, Cell> = {}
        const distinct = new Set<Float32Array>()
        for (const { target, map } of ready.filter(one => one.method === method)) {
          if (map.state !== 'ok') {
            Object.assign(cells, groupCells('soft-mask', target, map))
            continue
          }
          const row = rowOf(map)
          if (!row) throw new RangeError(`[vitrine] [measure] soft-mask: expected a row for the map of ${method.key}`)
          if (row !== probabilities) distinct.add(row)
          const confidences = { before: scoreOf(asked[target], probabilities), after: scoreOf(asked[target], row) }
          const values = valuesOf(registry['soft-mask'], confidences)
          Object.assign(cells, groupCells('soft-mask', target, { state: 'ok', values }))
        }
        return [method, { cells, passes: distinct.size }]
      }),
    )
  }
}
