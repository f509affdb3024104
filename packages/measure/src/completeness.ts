import { type Baseline, baselineImage, type MethodChoice } from '@vitrine/explainers/run'
import { type CompletenessRules, measureCompleteness } from '@vitrine/metrics'
import type { Cell } from '@vitrine/records'
import { heatmapOf } from './heatmap.ts'
import { groupCells, type MapsOfImage, type MeasuredSample } from './map-columns.ts'
import type { ModelRun } from './model-run.ts'
import { oncePerRun } from './once-per-run.ts'
import { perClass } from './per-class.ts'

// Logits of images of one colour, which are the same for every image: run once per model.
const logitsOfColour = oncePerRun<Baseline, Float32Array[]>()

/** Whether what the maps of a method add up to is claimed. */
export const claims = ({ explainer }: MethodChoice): boolean => explainer.completeness !== undefined

/** Logits of an image, for all methods that claim what their maps add up to. */
export async function runLogits(run: ModelRun, { pixels }: Pick<MeasuredSample, 'pixels'>): Promise<Float32Array> {
  const [logits = new Float32Array(0)] = await run.logits(1, (_, out) => out.set(pixels))
  return logits
}

/** Whether a method's maps add up to what it claims; no cells of one that claims nothing. */
export async function completenessCells(
  run: ModelRun,
  rules: CompletenessRules,
  { explainer, options }: MethodChoice,
  { classes }: Pick<MeasuredSample, 'classes'>,
  logits: Float32Array,
  maps: MapsOfImage,
): Promise<Record<string, Cell>> {
  const from = explainer.completeness?.(options)
  if (from === undefined) return {}
  const [less] =
    from === 'nothing'
      ? []
      : await logitsOfColour(run, from, () =>
          run.logits(1, (_, out) => out.set(baselineImage(run.model.transformer, from))),
        )
  const found = perClass((explained, target) => {
    const claimed = (logits[explained] ?? Number.NaN) - (less ? (less[explained] ?? Number.NaN) : 0)
    return measureCompleteness(heatmapOf(run.model.transformer, explainer, maps[target]), claimed)
  }, classes)
  return Object.assign({}, ...rules.targets.map(target => groupCells('completeness', target, found(target))))
}
