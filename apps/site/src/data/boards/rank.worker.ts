import type { DetailedStanding } from '@vitrine/metrics'
import { rankRowsInDetail } from '../../shared/rank.ts'
import type { Question } from './standings.ts'

/** Ranks the rows of a board by each of its measures. */
export default (question: Question): DetailedStanding[][] =>
  question.map(({ rows, direction }) => rankRowsInDetail(rows, direction))
