import type { Metric, Worth } from '@vitrine/metrics'
import { tileScore } from '../../shared/forest.ts'
import { fixed, plural } from '../../shared/format.ts'
import { judgedBy, type MeasureWorth, tells } from '../boards/worth.ts'

/** What a column's head says of its worth: `AUC .98`, or that it cannot tell. */
export const worthHead = (worth: MeasureWorth): string => {
  const { auc } = judgedBy(worth)
  if (auc === null) return ''
  return tells(worth) ? `AUC ${tileScore(auc)}` : 'cannot tell'
}

/** `0.98 (95 %: 0.97 to 0.99)`. */
export const areaWords = ({ auc, interval }: Worth): string =>
  auc === null
    ? 'not measured'
    : `${fixed(auc, 2)}${interval ? ` (95 %: ${fixed(interval[0], 2)} to ${fixed(interval[1], 2)})` : ''}`

/** The same in sentences. */
export function worthWords({ name }: Pick<Metric, 'name'>, worth: MeasureWorth, images: number): string {
  const { truth, methods, halves } = worth
  const what = truth?.auc == null ? 'methods' : 'the map that is told the truth'
  const found = judgedBy(worth)
  if (found.auc === null) return `${name}: no control has a value to be told from`
  const verdict = tells(worth)
    ? `${name} tells ${what} from the controls: AUC ${areaWords(found)}`
    : `${name} is not shown to tell ${what} from the controls: AUC ${areaWords(found)}, and guessing has 0.5`
  const rest = [
    ...(truth?.auc == null || methods.auc === null ? [] : [`methods from the controls: ${areaWords(methods)}`]),
    ...(halves
      ? [`two halves of ${plural(images, 'image')} rank methods alike to a tau of ${fixed(halves.tau, 2)}`]
      : []),
  ]
  return [verdict, ...rest].join('; ')
}
