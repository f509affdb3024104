import { type Resolution, toldApart } from '../../shared/told-apart.ts'
import type { Contest } from './resolution.ts'

export default ({ rows, direction }: Contest): Resolution => toldApart(rows, direction)
