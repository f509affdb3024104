import type { Target } from '@vitrine/metrics'

/** Computed once where the predicted class is the label: its map and its truth are the same. */
export function perClass<T>(
  compute: (explained: number, target: Target) => T,
  classes: Readonly<Record<Target, number>>,
): (target: Target) => T {
  const known = new Map<number, T>()
  return target => {
    const found = known.get(classes[target]) ?? compute(classes[target], target)
    known.set(classes[target], found)
    return found
  }
}
