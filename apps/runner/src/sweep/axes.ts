import { type GridBase, gridBases, gridProtocol, type Protocol, protocols, removalIds, targets } from '@vitrine/metrics'
import { chooseFrom, known, UsageError } from '../cli/arguments.ts'

/** The axes that `--sweep` takes, and the values of each. */
const values = { removal: removalIds, target: targets } as const

type Axis = keyof typeof values

const axes = Object.keys(values) as readonly Axis[]

/** `axis=a,b` for each axis that is given; the others stay as the protocol has them. */
function readAxes(given: readonly string[]): ReadonlyMap<Axis, string> {
  const found = new Map<Axis, string>()
  for (const text of given) {
    const [name = '', list, ...rest] = text.split('=')
    if (list === undefined || rest.length > 0)
      throw new UsageError(`--sweep: expected axes such as removal=zero,blur, got "${text}"`)
    const axis = known('axis', name, axes)
    if (found.has(axis)) throw new UsageError(`--sweep: expected ${axis} once, got it twice`)
    found.set(axis, list)
  }
  return found
}

/** The protocols of every cell of a grid: each protocol's curves with each removal, for the classes that are asked for. */
export function sweptProtocols(bases: readonly string[], given: readonly string[]): Protocol[] {
  const asked = readAxes(given)
  const [removal, target] = [asked.get('removal'), asked.get('target')]
  const removals = removal === undefined ? (['zero'] as const) : chooseFrom('removal', removal, values.removal)
  const chosen = bases.map((base): GridBase => known('protocol with curves to sweep', base, gridBases))
  return chosen.flatMap(base => {
    const own = protocols[base].faithfulness.targets
    const classes = target === undefined ? own : chooseFrom('target', target, values.target)
    return removals.map(one => gridProtocol(base, one, classes))
  })
}
