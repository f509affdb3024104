import { type LeftOut, leftOut } from '../../shared/left-out.ts'
import { wholeRecord } from '../load/whole-record.ts'
import type { Gaps } from './left-out.ts'

/** Of each record and measure that leave images out: the slug, the key and the reasons. */
export default ({ measures, records }: Gaps): (readonly [slug: string, key: string, found: LeftOut])[] =>
  records.flatMap(({ slug, file, values }) => {
    const { columns } = wholeRecord(file)
    return measures.flatMap(measure => {
      const list = values[measure.key]
      return list ? [[slug, measure.key, leftOut(columns, measure, list)] as const] : []
    })
  })
