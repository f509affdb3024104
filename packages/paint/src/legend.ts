import { hues, type Ramp } from './ramps.ts'

export interface Legend {
  /** What the ends of the ramp mean. */
  readonly lowWord: string
  readonly highWord: string
  /** The same with numbers, where maps of different ranges share one legend: per cent of each map's greatest size. */
  readonly low: string
  readonly high: string
  /** Which maps it is for. */
  readonly of: string
}

/** The words of both legends, for pages and sheets. */
export const legends: Readonly<Record<Ramp, Legend>> = {
  sequential: {
    lowWord: 'least',
    highWord: 'most',
    low: '0 %, least of the map',
    high: '100 %, most',
    of: 'Maps without a sign, from their least value to their greatest',
  },
  diverging: {
    lowWord: `against (${hues.against})`,
    highWord: `for (${hues.for})`,
    low: `−100 %, against (${hues.against})`,
    high: `+100 %, for (${hues.for})`,
    of: 'Maps of both signs, around zero',
  },
}

/** The legends of the ramps that are in use, in a fixed order. */
export const legendFor = (used: Iterable<Ramp>): { readonly ramp: Ramp; readonly words: Legend }[] => {
  const found = new Set(used)
  return (Object.keys(legends) as Ramp[]).filter(ramp => found.has(ramp)).map(ramp => ({ ramp, words: legends[ramp] }))
}
