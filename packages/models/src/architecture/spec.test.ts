import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NORMALISATIONS } from '../checkpoint/published.ts'
import { idWith, parseSpec, requireOptionsOf, specOptions } from './spec.ts'

test('a word for a normalisation, or numbers for each channel', () => {
  assert.equal(parseSpec('m.onnx[mean=clip]').options.mean, 'clip')
  const { mean, std } = parseSpec('m.onnx[mean=0.48/0.46/.41, std=0.25]').options
  assert.deepEqual(
    [mean, std],
    [
      [0.48, 0.46, 0.41],
      [0.25, 0.25, 0.25],
    ],
  )
})

test('every word for a normalisation is offered', () => {
  for (const word of Object.keys(NORMALISATIONS)) assert.match(specOptions.mean.expected, new RegExp(`\\b${word}\\b`))
})

test('other numbers, and a deviation of zero, are refused', () => {
  for (const text of ['mean=1/2', 'mean=-1', 'mean=a', 'std=0', 'std=0.5/0/0.5', 'std=half'])
    assert.throws(() => parseSpec(`m.pth[${text}]`), { name: 'ModelError', message: /expected .*numbers such as 0\.5/ })
})

test('an option that says nothing of this kind of model is refused', () => {
  assert.throws(() => requireOptionsOf('onnx', parseSpec('m.onnx[heads=6]').options), {
    message: /heads=: expected for checkpoints only, got it for one of the exported models \(ONNX\)/,
  })
  assert.throws(() => requireOptionsOf('checkpoint', { output: 'logits' }), /output=: expected for exported models/)
  requireOptionsOf('onnx', { names: 'a', size: { height: 1, width: 1 }, head: 'h' })
})

test('what brackets say that changes numbers is part of an id, and files and names are not', () => {
  const idOf = (spec: string) => idWith('vit', parseSpec(spec).options)
  assert.equal(idOf('vit.pth'), 'vit')
  assert.equal(idOf('vit.pth[pool=mean,size=384,head=h.pth,names=n.txt]'), 'vit-size-384-384-pool-mean')
  assert.equal(idOf('vit.onnx[mean=0.5/0.4/0.3,output=a/b,index=3/17]'), 'vit-mean-0.5-0.4-0.3-output-a_b-index-3-17')
})
