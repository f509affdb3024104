import { resampleDefaults } from './draws.ts'

export type Interval = [low: number, high: number]

/** Few of 10,000 values fall into a bin, and 512 bins are quickly gone through. */
const BINS = 512

/**
 * The middle `level` of the resampled values, by linearly interpolated quantiles (Hyndman & Fan's type 7, as numpy and scipy have it);
 * `null` without any. `NaN`s are left out.
 *
 * @param times how often each value counts; once by default
 */
export function percentileInterval(
  values: Float64Array,
  level: number = resampleDefaults.level,
  times: Uint32Array = new Uint32Array(values.length).fill(1),
): Interval | null {
  let [least, greatest, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
  for (let r = 0; r < values.length; r++) {
    const value = values[r]!
    if (Number.isNaN(value)) continue
    if (value < least) least = value
    if (value > greatest) greatest = value
    count += times[r]!
  }
  if (count === 0) return null
  if (least === greatest) return [least, least]
  // Counting into bins of equal width says which bins hold the ends of the interval; only their values are sorted.
  const scale = (BINS - 1) / (greatest - least)
  const [bins, counts] = [new Uint16Array(values.length), new Uint32Array(BINS + 1)]
  for (let r = 0; r < values.length; r++) {
    const value = values[r]!
    const bin = Number.isNaN(value) ? BINS : ((value - least) * scale) | 0
    bins[r] = bin
    counts[bin]! += times[r]!
  }
  const place = ((1 - level) / 2) * (count - 1)

  /** The value at `place`, counted from the least (`sign` 1) or the greatest value (-1). */
  const quantile = (sign: 1 | -1): number => {
    const [near, far] = [Math.floor(place), Math.ceil(place)]
    let [first, passed] = [sign === 1 ? 0 : BINS - 1, 0]
    for (; passed + counts[first]! <= near; first += sign) passed += counts[first]!
    let [last, reached] = [first, passed + counts[first]!]
    for (; reached <= far; reached += counts[last]!) last += sign
    const [low, high] = [Math.min(first, last), Math.max(first, last)]
    const found: number[] = []
    for (let r = 0; r < bins.length; r++) if (bins[r]! >= low && bins[r]! <= high) found.push(r)
    found.sort((a, b) => sign * (values[a]! - values[b]!))
    const valueAt = (wanted: number): number => {
      let [at, seen] = [0, passed + times[found[0]!]!]
      while (seen <= wanted) seen += times[found[++at]!]!
      return values[found[at]!]!
    }
    const value = valueAt(near)
    return value + (valueAt(far) - value) * (place - near)
  }
  return [quantile(1), quantile(-1)]
}

export type Verdict = 'greater' | 'smaller' | 'undecided'

/** What an interval of differences says: `undecided` where it holds 0 or there is none. */
export function verdictOf(interval: Interval | null): Verdict {
  if (interval === null) return 'undecided'
  if (interval[0] > 0) return 'greater'
  return interval[1] < 0 ? 'smaller' : 'undecided'
}

/**
 * The verdict of the percentile interval of `first` - `second`, from how many of the differences are above and below 0: several times faster
 * than the interval.
 */
export function percentileVerdict(
  first: Float64Array,
  second: Float64Array,
  level: number,
  times: Uint32Array,
): Verdict {
  let [above, below, equal] = [0, 0, 0]
  for (let r = 0; r < first.length; r++) {
    const difference = first[r]! - second[r]!
    if (difference > 0) above += times[r]!
    else if (difference < 0) below += times[r]!
    else if (difference === 0) equal += times[r]!
  }
  // An end of the interval lies between the differences at this place from its side and at the next.
  const place = Math.floor(((1 - level) / 2) * (above + below + equal - 1))
  if (below + equal <= place) return 'greater'
  if (above + equal <= place) return 'smaller'
  const farFromBoth = below + equal >= place + 2 && above + equal >= place + 2
  return farFromBoth ? 'undecided' : verdictOf(percentileInterval(minus(first, second), level, times))
}

/** The differences of two equally long lists. */
export function minus(first: Float64Array, second: Float64Array): Float64Array {
  const differences = new Float64Array(first.length)
  for (let r = 0; r < differences.length; r++) differences[r] = first[r]! - second[r]!
  return differences
}
