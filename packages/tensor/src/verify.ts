import type { Tensor, TensorOf } from './ops.ts'
import type { Program } from './program.ts'
import { type Result, resultOf } from './shapes.ts'
import { ShapeError, sameNumbers, show } from './tensor.ts'

type Leaf = TensorOf<'input'> | TensorOf<'parameter'>

/** Thrown when a program is not what its ops say; the message names the node, its op, what was expected and what was found. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError'
  constructor(problem: string, options?: ErrorOptions) {
    super(`[vitrine] [tensor] program: ${problem}`, options)
  }
}

/**
 * Whether programs are verified as they are made: in tests of Node.js, and wherever VITRINE_VERIFY is 1. It costs little beside
 * compiling, and what it finds is a defect of this package or of whoever builds nodes by hand.
 */
export const verifies = (): boolean => {
  const { NODE_TEST_CONTEXT, VITRINE_VERIFY } = globalThis.process?.env ?? {}
  return NODE_TEST_CONTEXT !== undefined || VITRINE_VERIFY === '1'
}

/**
 * Checks a finished program: each node's shape and dtype against its op's own rule, that operands come before their consumers and no
 * node twice, and that inputs, parameters and outputs have names and are nodes of it.
 *
 * @throws ProgramError for the first thing that is wrong
 */
export function verify({ nodes, inputs, parameters, outputs }: Program): void {
  const index = new Map<Tensor, number>()
  nodes.forEach((node, i) => {
    const place = `%${i} ${node.op}`
    if (index.has(node)) throw new ProgramError(`${place}: expected each node once, got %${index.get(node)} again`)
    for (const operand of node.inputs)
      if (!index.has(operand))
        throw new ProgramError(
          `${place}: expected operands before their consumers, got ${describe(operand)} later or not at all`,
        )
    index.set(node, i)
    verifyNode(node, place)
  })
  verifyLeaves('input', inputs, nodes)
  verifyLeaves('parameter', parameters, nodes)
  for (const [name, t] of Object.entries(outputs)) {
    if (name === '') throw new ProgramError(`an output: expected a name, got "" for ${describe(t)}`)
    if (!index.has(t)) throw new ProgramError(`output "${name}": expected a node of the program, got ${describe(t)}`)
  }
}

function verifyNode(node: Tensor, place: string): void {
  const operands = node.inputs.map(typeOf).join(', ') || 'no operands'
  let expected: Result
  try {
    expected = resultOf(node.op, node.inputs, node.params, node)
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause
    throw new ProgramError(`${place}: expected operands that fit, got ${operands}: ${cause.message}`, { cause })
  }
  if (!sameNumbers(expected.shape, node.shape) || expected.dtype !== node.dtype)
    throw new ProgramError(`${place}: expected ${typeOf(expected)} of ${operands}, got ${typeOf(node)}`)
  if (node.shape.some(n => !Number.isInteger(n) || n < 0))
    throw new ProgramError(`${place}: expected sizes that are whole numbers, got ${typeOf(node)}`)
}

function verifyLeaves(op: 'input' | 'parameter', listed: readonly Leaf[], nodes: readonly Tensor[]): void {
  const found = nodes.filter(t => t.op === op)
  const strays = [...listed.filter(t => !found.includes(t)), ...found.filter(t => !listed.some(leaf => leaf === t))]
  if (strays.length > 0 || found.length !== listed.length)
    throw new ProgramError(
      `${op}s: expected those among the nodes, each once, got others: ${strays.map(describe).join(', ') || 'some twice'}`,
    )
  const nameless = listed.find(({ params }) => params.name === '')
  if (nameless) throw new ProgramError(`${op} ${typeOf(nameless)}: expected a name, got ""`)
  requireDistinctNames(listed)
}

/** Throws a ShapeError where two leaves have one name. */
export function requireDistinctNames(leaves: readonly Leaf[]): void {
  const named = new Map<string, Leaf>()
  for (const leaf of leaves) {
    const { name } = leaf.params
    const other = named.get(name)
    if (other) throw new ShapeError('program', `"${name}" is both ${typeOf(other)} and ${typeOf(leaf)}`)
    named.set(name, leaf)
  }
}

const typeOf = ({ shape, dtype }: Result): string => `${dtype} ${show(shape)}`

const describe = (t: Tensor): string => `${t.op} ${typeOf(t)}`
