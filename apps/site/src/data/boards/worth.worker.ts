import { halvesAgreement, worthOf } from '@vitrine/metrics'
import { imagesToTell } from '../../shared/compare.ts'
import type { Ranked } from '../../shared/rank.ts'
import { neighboursOf, ordered } from '../../shared/told-apart.ts'
import type { Judged, MeasureWorth } from './worth.ts'

/** What each measure is worth. */
export default (question: Judged): MeasureWorth[] =>
  question.map(({ rows, direction, truth }): MeasureWorth => {
    const values = (wanted: (row: Ranked) => boolean) => rows.filter(wanted).map(row => row.values)
    const controls = values(row => row.control && !row.toldTruth)
    const ceilings = values(row => row.toldTruth)
    const methods = rows.filter(row => !row.control)
    const ranked = ordered(methods, direction)
    const [first, second] = ranked
    return {
      truth: truth && ceilings.length > 0 ? worthOf(ceilings, controls, direction) : null,
      methods: worthOf(
        methods.map(row => row.values),
        controls,
        direction,
      ),
      halves: halvesAgreement(methods.map(row => row.values)),
      leaders:
        first && second
          ? { first: first.id, second: second.id, images: imagesToTell(first.values, second.values) }
          : null,
      neighbours: {
        pairs: Math.max(0, ranked.length - 1),
        told: neighboursOf(ranked, false),
        corrected: neighboursOf(ranked, true),
      },
    }
  })
