import { type HostTensor, sizeOf, type TensorOf, type Weights } from '@vitrine/tensor'
import { messageOf, WeightError } from './errors.ts'

/** Weights that are in memory already. */
export function hostWeights(tensors: Readonly<Record<string, HostTensor>>, id: string = crypto.randomUUID()): Weights {
  return {
    id,
    get(name) {
      const found = Object.hasOwn(tensors, name) ? tensors[name] : undefined
      if (!found) throw new Error(`[vitrine] [backends] there is no weight "${name}"`)
      return found
    },
  }
}

/**
 * The float32 numbers of a parameter of a program. Only their count must fit: a weight may be read under another shape.
 *
 * @throws WeightError, in the name of the backend, where the weights lack it or have another count
 */
export function numbersOf(
  backend: string,
  { params: { name }, shape }: TensorOf<'parameter'>,
  weights: Weights | undefined,
): Float32Array {
  if (!weights) throw new WeightError(backend, name, shape, 'no weights were given')
  const { data } = lookUp(backend, name, shape, weights)
  if (data.length !== sizeOf(shape))
    throw new WeightError(backend, name, shape, `expected ${sizeOf(shape)} numbers, got ${data.length}`)
  return data instanceof Float32Array ? data : Float32Array.from(data)
}

function lookUp(backend: string, name: string, shape: readonly number[], weights: Weights): HostTensor {
  try {
    return weights.get(name)
  } catch (cause) {
    throw new WeightError(backend, name, shape, messageOf(cause), { cause })
  }
}
