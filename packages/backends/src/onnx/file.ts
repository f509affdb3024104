import type { Weights } from '@vitrine/tensor'
import { type Program, sizeOf, type TensorOf } from '@vitrine/tensor'
import type { Precision } from '../backend.ts'
import { BackendError } from '../errors.ts'
import { numbersOf } from '../weights.ts'
import type { ExternalRange } from './graph.ts'
import { modelOf } from './model.ts'

export interface OnnxFileOptions {
  /** `single` if absent. Inputs, weights and outputs are float32 in both. */
  readonly precision?: Precision
  /**
   * Whether the file has the nodes that ONNX Runtime gets for its CPU, `com.microsoft` ops among them. If absent, it keeps to the ONNX
   * standard (opset 20), which other programs read too.
   */
  readonly fused?: boolean
  /**
   * The name of the file, beside that of the graph, in which the weights shall lie. If absent, they are part of the graph, which then
   * must be smaller than 2 GiB.
   */
  readonly weightsFile?: string
}

/** A program in ONNX's format. */
export interface OnnxFile {
  /** The contents of the `.onnx` file. */
  readonly graph: Uint8Array
  /** The contents of `weightsFile`, in pieces to be written one after the other; none without one. */
  readonly weights: readonly Uint8Array[]
  /** The graph's names of the program's inputs: the same names. */
  readonly inputs: Readonly<Record<string, string>>
  /** The graph's names of the program's outputs: the same names, but `x_` for an output `x` where an input is called so too. */
  readonly outputs: Readonly<Record<string, string>>
}

/** The largest file that Protocol Buffers can read. */
const LARGEST = 2 ** 31 - 1

/** ONNX asks that weights begin at whole pages of memory, so that they can be mapped. */
const PAGE = 4096

/**
 * Writes a program in ONNX's format. Inputs, outputs and weights keep their names.
 *
 * @param weights needed by programs that have parameters
 * @throws WeightError where a parameter is missing or has another size
 * @throws BackendError where weights inside the graph make it too large
 *
 * @example
 * const { graph } = onnxFile(program({ logits }), weights)
 * writeFileSync('model.onnx', graph)
 */
export function onnxFile(
  program: Program,
  weights?: Weights,
  { precision, fused = false, weightsFile }: OnnxFileOptions = {},
): OnnxFile {
  const beside = weightsFile === undefined ? undefined : besideIn(weightsFile, weights)
  if (!beside) checkSize(program)
  const settings = { precision, standard: !fused, fuses: fused, external: beside?.range }
  const { bytes, inputs, outputs } = modelOf(program, weights, settings)
  return { graph: bytes, weights: beside?.pieces ?? [], inputs, outputs }
}

function checkSize({ parameters }: Program): void {
  const bytes = parameters.reduce((total, { shape }) => total + 4 * sizeOf(shape), 0)
  if (bytes > LARGEST)
    throw new BackendError(
      'onnx',
      `file: expected at most ${LARGEST} bytes of weights, got ${bytes}; give a weightsFile`,
    )
}

/** Lays weights out in a file, each once. */
function besideIn(file: string, weights: Weights | undefined) {
  const pieces: Uint8Array[] = []
  const ranges = new Map<string, ExternalRange>()
  let end = 0
  const append = (piece: Uint8Array) => {
    pieces.push(piece)
    end += piece.length
  }
  return {
    pieces,
    range(node: TensorOf<'parameter'>): ExternalRange {
      const { name } = node.params
      const known = ranges.get(name)
      const numbers = numbersOf('onnx', node, weights)
      if (known) return known
      if (end % PAGE !== 0) append(new Uint8Array(PAGE - (end % PAGE)))
      const range = { file, offset: end, length: numbers.byteLength }
      append(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
      ranges.set(name, range)
      return range
    },
  }
}
