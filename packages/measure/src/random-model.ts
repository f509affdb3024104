import { hash32 } from '@vitrine/explainers/run'
import { redrawn } from '@vitrine/metrics'
import type { ExplainableModel } from '@vitrine/models/architecture'
import { type HostTensor, input, type Tensor, topological, type Weights } from '@vitrine/tensor'

/**
 * The names of a model's parameters by the part that reads them first, from the end: head, blocks from the last to the first, embedding. Of a
 * model without blocks all are one part.
 */
export function parametersByPart({
  trace,
  imageShape,
}: Pick<ExplainableModel, 'trace' | 'imageShape'>): readonly string[][] {
  const { blocks, probabilities } = trace(input('image', imageShape(1)))
  const [first] = blocks
  const ends: readonly Tensor[] = [...(first ? [first.input] : []), ...blocks.map(block => block.output), probabilities]
  const seen = new Set<string>()
  const parts = ends.map(end => {
    const read = topological([end]).flatMap(node => (node.op === 'parameter' ? [node.params.name] : []))
    const names = [...new Set(read)].filter(name => !seen.has(name))
    for (const name of names) seen.add(name)
    return names
  })
  return parts.filter(names => names.length > 0).reverse()
}

/**
 * Weights that become random part by part, each time with those before: cascading randomisation as in Adebayo et al., NeurIPS 2018. Each array is
 * drawn once, with the mean and the standard deviation that it had.
 *
 * @param parts names of parameters: see `parametersByPart`
 */
export function* randomWeights(weights: Weights, parts: readonly string[][], seed: number): Generator<Weights> {
  const drawn = new Map<string, HostTensor>()
  for (const [stage, names] of parts.entries()) {
    for (const name of names) {
      const { shape, data } = weights.get(name)
      drawn.set(name, { shape, data: redrawn(Float32Array.from(data), hash32(`${seed} ${name} random weights`)) })
    }
    const random = new Map(drawn)
    yield {
      id: `${weights.id} random ${seed} ${stage + 1}/${parts.length}`,
      get: name => random.get(name) ?? weights.get(name),
      location: name => (random.has(name) ? undefined : weights.location?.(name)),
    }
  }
}
