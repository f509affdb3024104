import { type Resolution, toldApart } from '../../shared/told-apart.ts'
import type { Question } from './resolution.ts'

export default ({ rows, direction }: Question): Resolution => toldApart(rows, direction)
