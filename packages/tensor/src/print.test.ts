import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as t from './index.ts'

const x = t.input('x', [2, 3])
const w = t.parameter('w', [4, 3])

test('a program prints one op a line', () => {
  assert.equal(
    t.print(t.program({ y: t.softmax(t.linear(x, w)) })),
    [
      '%0 = input() {name: x} [2, 3]',
      '%1 = parameter() {name: w} [4, 3]',
      '%2 = matmul(%0, %1) {transposeB} [2, 4]',
      '%3 = softmax(%2) [2, 4]',
      'return y = %3',
    ].join('\n'),
  )
})

test('a listing has a row a node, its floating-point operations and their total', () => {
  const rows = t.linear(t.linear(x, t.neg(w)), t.parameter('v', [500, 4]))
  assert.equal(
    t.listing(t.program({ y: rows, best: t.argmax(rows) })),
    [
      'node  op         reads  parameters             shape        FLOP',
      '%0    input             name: x                [2, 3]          0',
      '%1    parameter         name: w                [4, 3]       once',
      '%2    neg        %1                            [4, 3]       once',
      '%3    matmul     %0 %2  transposeB             [2, 4]         48',
      '%4    parameter         name: v                [500, 4]     once',
      '%5    matmul     %3 %4  transposeB             [2, 500]    8,000',
      '%6    topK       %5     k: 1, output: indices  int [2, 1]      0',
      '%7    reshape    %6                            int [2]         0',
      '',
      'returns y = %5, best = %7',
      '8 nodes, 8,048 FLOP a run',
    ].join('\n'),
  )
})
