import { input, type Tensor } from '@vitrine/tensor'
import type { Size } from '../architecture/config.ts'
import type { Bytes } from '../checkpoint/bytes.ts'
import { ModelError } from '../errors.ts'
import { asWritten, type Batching, writtenForOne } from './batch.ts'
import { elementType, readTensor } from './elements.ts'
import { inFile, type OnnxFile, tensorsOf } from './file.ts'
import { type ImageInput, imageInput } from './image-input.ts'
import { LIMITS } from './limits.ts'
import type { OnnxNode } from './node-reader.ts'
import { nodesInOrder } from './order.ts'
import { type Known, type Translated, translate, UnreadNumbers } from './translate.ts'
import { type Numbers, numbers } from './values.ts'

/** A graph for some number of images. */
export interface BuiltGraph extends Translated {
  /** The input of the program that takes them, `[batch, 3, height, width]`. */
  readonly placeholder: Tensor
}

/** A graph that can be built for any number of images, without reading its file again. */
export interface ImportedGraph {
  /** The file, for messages. */
  readonly name: string
  readonly image: ImageInput
  readonly nodes: readonly OnnxNode[]
  /** The graph of a batch of images that is an input of the program, called `image`. */
  build(batch: number): BuiltGraph
}

export interface ImportOptions {
  /** Of images, where the file leaves it open. */
  readonly size?: Size | undefined
}

const OLDEST = 11
const NEWEST = 25

/**
 * Reads what a graph computes with while it is opened (whole numbers, and what is computed of weights alone), and translates it.
 *
 * @throws ModelError naming the file and the node
 */
export async function importGraph<B extends Bytes>(
  file: OnnxFile<B>,
  { size }: ImportOptions = {},
): Promise<ImportedGraph> {
  try {
    const opset = file.opsets.get('') ?? 0
    if (opset < OLDEST || opset > NEWEST)
      throw new ModelError(`expected opset ${OLDEST} to ${NEWEST}, got ${opset || 'none'}; export the model again`)
    const called = file.nodes.find(({ op }) => file.functions.has(op.split('.').at(-1) ?? op))
    if (called)
      throw new ModelError(
        `calls a function of its own, ${called.op}: put its nodes in place with onnx.inliner.inline_local_functions`,
      )
    const image = imageInput(file, size)
    const nodes = nodesInOrder(file, image.name)
    const known = await wholeNumbers(file)
    const build = (batch: number, batching: Batching) => {
      const placeholder = input('image', [batch, 3, image.size.height, image.size.width])
      return { placeholder, ...translate({ file, input: image, image: placeholder, known, order: nodes, batching }) }
    }
    const buildWritten = (batch: number) => {
      const first = attempt(() => build(batch, writtenForOne(batch, 'first')))
      if (first && [...first.outputs.values()].every(({ shape }) => shape[0] === batch)) return first
      return build(batch, writtenForOne(batch, 'last'))
    }
    await readWhatIsAsked(() => build(1, asWritten), known)
    const built = new Map<number, BuiltGraph>()
    return {
      name: file.name,
      image,
      nodes,
      build(batch) {
        try {
          const isWritten = image.batch !== undefined && batch > 1
          const graph = built.get(batch) ?? (isWritten ? buildWritten(batch) : build(batch, asWritten))
          built.set(batch, graph)
          return graph
        } catch (error) {
          throw inFile(file.name, error)
        }
      },
    }
  } catch (error) {
    throw inFile(file.name, error)
  }
}

/** Whole numbers are never tensors of a program, so all of them are read. */
async function wholeNumbers(file: OnnxFile): Promise<Map<string, Numbers>> {
  const known = new Map<string, Numbers>()
  let count = 0
  for (const tensor of tensorsOf(file)) {
    const { kind } = elementType(tensor.type)
    if (kind === undefined || (kind === 'float' && tensor.shape.some(n => n !== 1)) || !('bytes' in tensor.data))
      continue
    const data = await readTensor(tensor)
    count += data.length
    if (count > LIMITS.constants) throw new ModelError(`expected at most ${LIMITS.constants} whole numbers, got more`)
    known.set(tensor.name, numbers(data, tensor.shape, kind))
  }
  return known
}

/** Translates again and again, each time with the numbers that the last one lacked: there are few of them. */
async function readWhatIsAsked(translateOnce: () => Translated, known: Known & Map<string, Numbers>): Promise<void> {
  for (;;) {
    try {
      translateOnce()
      return
    } catch (error) {
      if (!(error instanceof UnreadNumbers)) throw error
      const { tensor } = error
      if (tensor.shape.reduce((product, n) => product * n, 1) > LIMITS.constants)
        throw new ModelError(`"${tensor.name}" is too much to compute with while a file is opened`)
      known.set(tensor.name, numbers(await readTensor(tensor), tensor.shape, elementType(tensor.type).kind))
    }
  }
}

/** What a translation makes, undefined where it cannot be. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof ModelError) return undefined
    throw error
  }
}
