import { agnes, type Cluster } from 'ml-hclust'
import type { Numbers } from '../contract/context.ts'
import { shuffle } from './draws.ts'

/**
 * Agglomerative clustering with complete linkage: clusters are merged, nearest first, as long as their farthest members are less than
 * `below` apart. Returns the number of each item's cluster.
 */
export function completeLinkage(distances: readonly (readonly number[])[], below: number): number[] {
  const labels = Array<number>(distances.length).fill(0)
  let count = 0
  const visit = (cluster: Cluster): void => {
    if (!cluster.isLeaf && cluster.height >= below) {
      cluster.children.forEach(visit)
      return
    }
    for (const item of cluster.indices()) labels[item] = count
    count++
  }
  visit(
    agnes(
      distances.map(row => [...row]),
      { method: 'complete', isDistanceMatrix: true },
    ),
  )
  return labels
}

const ROUNDS = 10

/** The centres of clusters by Lloyd's k-means, started from `count` points chosen at random (all points where there are fewer). */
export function clusterCentres(points: readonly Numbers[], count: number, uniform: () => number): Float64Array[] {
  const start = shuffle(uniform, [...points.keys()]).slice(0, count)
  let centres = start.map(i => Float64Array.from(points[i] ?? []))
  let before: readonly number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const nearest = points.map(point => nearestTo(point, centres))
    if (nearest.every((c, i) => c === before[i])) break
    before = nearest
    const sums = centres.map(centre => new Float64Array(centre.length))
    const sizes = centres.map(() => 0)
    points.forEach((point, i) => {
      const cluster = nearest[i] ?? 0
      const sum = sums[cluster]
      sizes[cluster] = (sizes[cluster] ?? 0) + 1
      if (sum) for (let d = 0; d < sum.length; d++) sum[d] = (sum[d] ?? 0) + (point[d] ?? 0)
    })
    // A centre without points stays where it is.
    centres = centres.map((centre, k) =>
      (sizes[k] ?? 0) > 0 ? centre.map((_, d) => (sums[k]?.[d] ?? 0) / (sizes[k] ?? 1)) : centre,
    )
  }
  return centres
}

function nearestTo(point: Numbers, centres: readonly Float64Array[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY]
  for (let k = 0; k < centres.length; k++) {
    const centre = centres[k] ?? new Float64Array(0)
    let distance = 0
    for (let d = 0; d < centre.length && distance < least; d++) distance += ((point[d] ?? 0) - (centre[d] ?? 0)) ** 2
    if (distance < least) [best, least] = [k, distance]
  }
  return best
}
