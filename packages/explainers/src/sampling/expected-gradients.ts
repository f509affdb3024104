import type { Numbers, SampleContext } from '../contract/context.ts'
import { pathMap } from './paths.ts'

/** Where a sample starts, where it ends, and the point between at which the gradient is taken. */
export interface ExpectedSample {
  readonly from: Numbers
  readonly to: Numbers
  readonly alpha: number
}

/** The mean over samples of (to - from) times the class's gradient at from + alpha (to - from). */
export function expectedGradients(
  context: SampleContext<'gradient' | 'map'>,
  samples: number,
  sampleAt: (k: number) => ExpectedSample,
): Promise<Numbers> {
  return pathMap(context, samples, k => {
    const { from, to, alpha } = sampleAt(k)
    return {
      image: to.map((x, i) => alpha * x + (1 - alpha) * (from[i] ?? 0)),
      add: (gradient, total) => {
        for (let i = 0; i < total.length; i++)
          total[i] = (total[i] ?? 0) + (((to[i] ?? 0) - (from[i] ?? 0)) * (gradient[i] ?? 0)) / samples
      },
    }
  })
}
