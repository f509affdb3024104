import type { HostTensor } from '@vitrine/tensor'
import type { Weights } from './backend.ts'

/** Weights that are in memory already. */
export function hostWeights(tensors: Readonly<Record<string, HostTensor>>, id: string = crypto.randomUUID()): Weights {
  return {
    id,
    get(name) {
      const found = tensors[name]
      if (!found) throw new Error(`[vitrine] [backends] there is no weight "${name}"`)
      return found
    },
  }
}
