import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'
import type { Tensor } from './ops.ts'
import { verifies } from './verify.ts'

const x = t.input('x', [2, 3])
const w = t.parameter('w', [4, 3])
const product = t.linear(x, w)
const good = t.program({ y: t.softmax(product) })
const [xs, ws] = [good.inputs[0] ?? assert.fail(), good.parameters[0] ?? assert.fail()]

/** A node as no function of the package would make it. */
const forged = (t: Tensor, changes: object): Tensor => ({ ...t, id: -1, ...changes }) as Tensor

/** The program of one output and everything it reads, in order. */
function programOf(output: Tensor): t.Program {
  const nodes: Tensor[] = []
  const visit = (node: Tensor): void => {
    if (nodes.includes(node)) return
    node.inputs.forEach(visit)
    nodes.push(node)
  }
  visit(output)
  const inputs = nodes.filter(node => node.op === 'input')
  const parameters = nodes.filter(node => node.op === 'parameter')
  return { nodes, inputs, parameters, outputs: { y: output } }
}

test('a program that was built by functions of the package passes', () => {
  const score = t.sum(t.matmul(t.softmax(product), t.constant([1, 2, 3, 4], [4, 1])), [0])
  const [dx = score, dw = score] = t.grad(score, [x, w])
  t.verify(t.program({ score, dx, dw, best: t.argmax(product) }))
})

const corrupted: Readonly<Record<string, readonly [t.Program, RegExp]>> = {
  'a wrong shape': [
    programOf(forged(product, { shape: [2, 5] })),
    /%2 matmul: expected float \[2, 4\] of float \[2, 3\], float \[4, 3\], got float \[2, 5\]/,
  ],
  'a wrong dtype': [
    programOf(forged(t.neg(x), { dtype: 'int' })),
    /%1 neg: expected float \[2, 3\] of float \[2, 3\], got int \[2, 3\]/,
  ],
  'operands that do not fit': [
    programOf(forged(product, { inputs: [x, t.parameter('v', [4, 5])] })),
    /%2 matmul: .*got float \[2, 3\], float \[4, 5\]: .*cannot multiply \[2, 3\] by \[4, 5\] transposed/,
  ],
  'a float where indices belong': [
    programOf(forged(t.oneHot(t.argmax(x), 3), { inputs: [x] })),
    /%1 oneHot: .*expected int indices, got float \[2, 3\]/,
  ],
  'an operand too few': [
    programOf(forged(t.add(x, t.exp(x)), { inputs: [x] })),
    /%1 add: .*expected 2 operands, got 1/,
  ],
  'an operand too many': [programOf(forged(t.exp(x), { inputs: [x, x] })), /%1 exp: .*expected 1 operands, got 2/],
  'a constant with numbers missing': [
    programOf(forged(t.constant([1, 2]), { shape: [3] })),
    /%0 constant: .*2 numbers do not fill \[3\]/,
  ],
  'a size that is no whole number': [
    programOf(forged(x, { shape: [2, 1.5] })),
    /%0 input: expected sizes that are whole numbers, got float \[2, 1.5\]/,
  ],
  'a window outside of its tensor': [
    programOf(forged(t.sliceAxis(x, 1, 0, 2), { params: { starts: [0, 0], ends: [2, 9] } })),
    /%1 slice: .*0:2, 0:9 is not inside \[2, 3\]/,
  ],
  'consumers before operands': [
    { ...good, nodes: good.nodes.toReversed() },
    /%0 softmax: expected operands before their consumers, got matmul float \[2, 4\] later or not at all/,
  ],
  'an operand that is missing': [
    { ...good, nodes: good.nodes.filter(node => node.op !== 'parameter') },
    /%1 matmul: expected operands before their consumers, got parameter float \[4, 3\]/,
  ],
  'a node twice': [{ ...good, nodes: [...good.nodes, ...good.nodes] }, /%4 input: expected each node once, got %0/],
  'an input that is not listed': [
    { ...good, inputs: [] },
    /inputs: expected those among the nodes.*input float \[2, 3\]/,
  ],
  'a parameter that is listed twice': [
    { ...good, parameters: [ws, ws] },
    /parameters: .*each once, got others: some twice/,
  ],
  'a listed input that is no node': [
    { ...good, inputs: [xs, forged(xs, { params: { name: 'z' } })] as (typeof xs)[] },
    /inputs: .*got others: input float \[2, 3\]/,
  ],
  'an input without a name': [programOf(t.exp(t.input('', [2]))), /input float \[2\]: expected a name, got ""/],
  'two inputs of one name': [
    programOf(t.add(t.input('n', [2]), t.input('n', [1]))),
    /"n" is both float \[2\] and float \[1\]/,
  ],
  'an output that is no node': [
    { ...good, outputs: { y: t.exp(x) } },
    /output "y": expected a node of the program, got exp float \[2, 3\]/,
  ],
  'an output without a name': [{ ...good, outputs: { '': product } }, /an output: expected a name, got "" for matmul/],
}

for (const [what, [program, message]] of Object.entries(corrupted))
  test(`${what} is found`, () => assert.throws(() => t.verify(program), message))

test('a program is verified as it is made in tests, so a rewriting that corrupts it fails there', () => {
  assert.throws(() => t.program({ y: forged(product, { dtype: 'int' }) }), /matmul/)
})

test('programs are verified in tests and where VITRINE_VERIFY asks for it', () => {
  const { NODE_TEST_CONTEXT: context } = process.env
  assert.equal(verifies(), true)
  try {
    delete process.env.NODE_TEST_CONTEXT
    assert.equal(verifies(), false)
    process.env.VITRINE_VERIFY = '1'
    assert.equal(verifies(), true)
  } finally {
    delete process.env.VITRINE_VERIFY
    if (context !== undefined) process.env.NODE_TEST_CONTEXT = context
  }
})
