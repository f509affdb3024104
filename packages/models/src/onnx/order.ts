import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import type { OnnxFile } from './file.ts'
import type { OnnxNode } from './node-reader.ts'

/** The nodes that the outputs need, operands before their consumers. Cycles and names that nothing makes are refused by name. */
export function nodesInOrder({ nodes, outputs, inputs, tensors }: OnnxFile, image: string): readonly OnnxNode[] {
  const makers = new Map<string, OnnxNode>()
  for (const node of nodes)
    for (const name of node.outputs) {
      if (name === '') continue
      if (makers.has(name) || tensors.has(name)) throw new ModelError(`"${shown(name)}" is made twice`)
      makers.set(name, node)
    }
  const order: OnnxNode[] = []
  const entered = new Set<OnnxNode>()
  const left = new Set<OnnxNode>()
  const stack: { readonly node: OnnxNode; next: number }[] = []
  const enter = (name: string, reader: string): void => {
    const node = makers.get(name)
    if (!node) {
      if (name === '' || name === image || tensors.has(name)) return
      throw new ModelError(
        inputs.some(input => input.name === name)
          ? `input "${shown(name)}", read by ${reader}, is no image: what should it be?`
          : `"${shown(name)}", read by ${reader}, is made by nothing`,
      )
    }
    if (left.has(node)) return
    if (entered.has(node)) throw new ModelError(`a cycle through ${labelled(node)}`)
    entered.add(node)
    stack.push({ node, next: 0 })
  }
  for (const { name } of outputs) {
    enter(name, 'the outputs')
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { inputs: operands, captured } = top.node
      const operand = operands[top.next] ?? captured[top.next - operands.length]
      top.next++
      if (operand !== undefined) enter(operand, labelled(top.node))
      else {
        left.add(top.node)
        order.push(top.node)
        stack.pop()
      }
    }
  }
  return order
}

const labelled = ({ op, name, outputs }: OnnxNode): string => `${op} "${shown(name || (outputs[0] ?? ''))}"`
