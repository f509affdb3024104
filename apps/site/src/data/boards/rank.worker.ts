import type { DetailedStanding } from '@vitrine/metrics'
import { rankRowsInDetail } from '../../shared/rank.ts'
import type { RankedColumns } from './standings.ts'

/** Ranks the rows of a board by each of its measures. */
export default (question: RankedColumns): DetailedStanding[][] =>
  question.map(({ rows, direction }) => rankRowsInDetail(rows, direction))
