import type { Standing } from '@vitrine/metrics'
import { rankRows } from '../../shared/rank.ts'
import type { Question } from './standings.ts'

/** Ranks the rows of a board by each of its measures. */
export default (question: Question): Standing[][] => question.map(({ rows, direction }) => rankRows(rows, direction))
