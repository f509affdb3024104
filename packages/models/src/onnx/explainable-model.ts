import { broadcast, dim, pad, slice, substitute, type Tensor } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import type { BlockTrace, ExplainableModel, ModelInput, Trace } from '../explainable.ts'
import { inFile } from './file.ts'
import type { ImportedGraph } from './graph.ts'
import { type Structure, structureOf } from './structure.ts'

/** What a file does not say, and what was found by running it. */
export interface Settings {
  readonly mean: ModelInput['mean']
  readonly std: ModelInput['std']
  /** The output that has the logits, where there are several. */
  readonly output?: string | undefined
  /** What of that output is explained: a place on its first axes behind that of the batch. */
  readonly index?: readonly number[] | undefined
  /** What makes logits of that output, where it has features. */
  readonly head?: ((features: Tensor) => Tensor) | undefined
  /** 1 for a file whose batch cannot be changed. */
  readonly maxBatch: number
}

/** An imported graph as methods of explanation see a model. */
export function explainableModel(
  graph: ImportedGraph,
  settings: Settings,
): { readonly model: ExplainableModel; readonly structure: Structure } {
  const structures = new Map<number, Structure>()
  const structureFor = (batch: number): Structure => {
    if (batch > settings.maxBatch)
      throw new ModelError(`this model takes one image at a time, got ${batch}: its file has its batch written down`)
    try {
      const known = structures.get(batch) ?? structureOf(graph.build(batch), batch, settings)
      structures.set(batch, known)
      return known
    } catch (error) {
      throw inFile(graph.name, error)
    }
  }
  const structure = structureFor(1)
  const { grid, prefix, prefixTokens, pooling, can } = structure
  const { size } = graph.image
  const traces = new WeakMap<Tensor, Trace>()

  const lastOf = ({ trace }: Structure): BlockTrace => {
    const last = trace.blocks.at(-1)
    if (!last) throw new ModelError('expected a block')
    return last
  }
  const blockOf = ({ trace }: Structure, index: number): BlockTrace => {
    const block = trace.blocks[index]
    if (!block) throw new ModelError(`block ${index} does not exist among ${trace.blocks.length}`)
    return block
  }

  const model: ExplainableModel = {
    input: {
      imageSize: size,
      patchSize: { height: size.height / grid.rows, width: size.width / grid.columns },
      mean: settings.mean,
      std: settings.std,
    },
    classes: dim(structure.trace.logits.shape, -1),
    grid,
    prefix,
    prefixTokens,
    pooling,
    can,
    maxBatch: settings.maxBatch,
    imageShape: batch => [batch, 3, size.height, size.width],
    trace(image, { patches } = {}) {
      if (patches) throw new ModelError(`expected no choice of patches: ${can['token-subsets']}`)
      const { placeholder, trace } = structureFor(dim(image.shape, 0))
      // The blocks of an image that is the same at every run could not be found in it: all of it is fixed.
      const known = image === placeholder ? trace : (traces.get(image) ?? moved(trace, placeholder, image))
      traces.set(image, known)
      return known
    },
    embedPatches(image) {
      const { placeholder, embedding } = structureFor(dim(image.shape, 0))
      if (!embedding) throw new ModelError(`expected a patch embedding: ${can['patch-embedding']}`)
      const { pixels, weight, patches } = embedding
      const [p = pixels, q = patches] = substitute([pixels, patches], new Map([[placeholder, image]]))
      return { pixels: p, weight, patches: q }
    },
    head(tokens) {
      const structure = structureFor(dim(tokens.shape, 0))
      const { output } = lastOf(structure)
      if (tokens.shape[1] !== output.shape[1] && pooling !== 'class')
        throw new ModelError(`the head of this model reads ${dim(output.shape, 1)} tokens, got ${dim(tokens.shape, 1)}`)
      const [logits = tokens] = substitute([structure.trace.logits], new Map([[output, filled(tokens, output)]]))
      return logits
    },
    project(index, attentionInput) {
      const block = blockOf(structureFor(dim(attentionInput.shape, 0)), index)
      const replaced = new Map([[block.attentionInput, filled(attentionInput, block.attentionInput)]])
      const tokens = dim(attentionInput.shape, 1)
      const [query, key, value] = substitute([block.query, block.key, block.value], replaced).map(heads =>
        slice(
          heads,
          heads.shape.map((n, axis) => [0, axis === 2 ? tokens : n]),
        ),
      ) as [Tensor, Tensor, Tensor]
      return { query, key, value }
    },
    finish(index, input, context) {
      const [batch = 1, tokens = 1] = context.shape
      const block = blockOf(structureFor(batch), index)
      const all = broadcast(input, [batch, tokens, dim(input.shape, -1)])
      const replaced = new Map([
        [block.input, filled(all, block.input)],
        [block.context, filled(context, block.context)],
      ])
      const [attentionOutput = all, output = all] = substitute([block.attentionOutput, block.output], replaced).map(x =>
        slice(
          x,
          x.shape.map((n, axis) => [0, axis === 1 ? tokens : n]),
        ),
      )
      return { attentionOutput, output }
    },
    tokenCosines() {
      throw new ModelError(`expected a head that compares tokens: ${can['text-head']}`)
    },
  }
  return { model, structure }
}

/** Fewer tokens are filled up with zeros, which nothing reads. */
const filled = (tokens: Tensor, like: Tensor): Tensor =>
  pad(
    tokens,
    tokens.shape.map(() => 0),
    tokens.shape.map((n, axis) => dim(like.shape, axis) - n),
  )

/** A trace of another image than the one that it was found in. */
function moved(
  { logits, probabilities, blocks, pooled, featureMap }: Trace,
  placeholder: Tensor,
  image: Tensor,
): Trace {
  const tensors = [
    logits,
    probabilities,
    ...(pooled ? [pooled] : []),
    ...(featureMap ? [featureMap] : []),
    ...blocks.flatMap(block => Object.values(block) as Tensor[]),
  ]
  const found = substitute(tensors, new Map([[placeholder, image]]))
  const there = new Map(tensors.map((t, i) => [t, found[i] ?? t]))
  const at = (t: Tensor): Tensor => there.get(t) ?? t
  return {
    logits: at(logits),
    probabilities: at(probabilities),
    blocks: blocks.map(
      block =>
        Object.fromEntries(
          Object.entries(block).map(([name, t]: [string, Tensor]) => [name, at(t)]),
        ) as unknown as BlockTrace,
    ),
    ...(pooled && { pooled: at(pooled) }),
    ...(featureMap && { featureMap: at(featureMap) }),
  }
}
