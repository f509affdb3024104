import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openForeignSession } from '@vitrine/backends/onnx-node'
import { largestDifference } from '../../testing.ts'
import { importGraph } from '../graph.ts'
import { floats, X } from '../testing/case.ts'
import { elementwiseCases } from '../testing/elementwise-cases.ts'
import { imageCases } from '../testing/image-cases.ts'
import { layerCases } from '../testing/layer-cases.ts'
import { microsoftCases } from '../testing/microsoft-cases.ts'
import { shapeCases } from '../testing/shape-cases.ts'
import { evaluate, type GivenGraph, onnxBytes, openGiven } from '../testing.ts'
import { readOps } from './index.ts'

// Every op that is read, alone or with what makes its operands, held against ONNX Runtime on the same bytes.

const cases = { ...elementwiseCases, ...imageCases, ...layerCases, ...shapeCases, ...microsoftCases }

test('each op that is read has its cases', () => assert.deepEqual(Object.keys(cases).sort(), readOps))

const image = floats(...X).floats ?? []

for (const [name, list] of Object.entries(cases))
  for (const [i, given] of list.entries())
    test(`${name} is what ONNX Runtime computes (${i + 1})`, async () => {
      const whole: GivenGraph = { inputs: { x: X }, outputs: ['y'], ...given }
      const file = await openGiven(whole)
      const { outputs, placeholder } = (await importGraph(file)).build(1)
      const y = outputs.get('y')
      assert.ok(y)
      const { found } = evaluate(
        file,
        { found: y },
        { image: { shape: placeholder.shape, data: Float32Array.from(image) } },
      )
      const session = await openForeignSession(onnxBytes(whole))
      const { y: expected } = await session.run({ x: { shape: X, data: Float32Array.from(image) } })
      await session.dispose()
      assert.ok(found && expected)
      assert.deepEqual(found.shape, expected.shape)
      const peak = Math.max(1, ...Array.from(expected.data, Math.abs))
      const error = largestDifference(found.data, expected.data) / peak
      assert.ok(error < 1e-5, `${error}: ${found.data.slice(0, 8)} and not ${expected.data.slice(0, 8)}`)
    })
