import * as t from '@vitrine/tensor'
import { dim } from '@vitrine/tensor'
import { pairwiseLinear } from '../../architecture/pairwise-linear.ts'
import { ModelError } from '../../errors.ts'
import type { Operation, Translation, Translations } from '../operation.ts'

/** A convolution whose patches do not overlap: a linear layer on pixels that are cut into patches. */
const Conv: Translation = operation => {
  const [image, kernel] = [operation.tensor(0), operation.tensor(1)]
  requirePatches(operation)
  const [batch = 1, channels = 1, height = 1, width = 1] = image.shape
  const [features = 1, , p = 1, q = 1] = kernel.shape
  const [rows, columns] = [Math.floor(height / p), Math.floor(width / q)]
  // Pixels behind the last whole patch are not read.
  const whole = t.sliceAxis(t.sliceAxis(image, 2, 0, rows * p), 3, 0, columns * q)
  const cells = t.transpose(t.reshape(whole, [batch, channels, rows, p, columns, q]), [0, 2, 4, 1, 3, 5])
  const pixels = t.reshape(cells, [batch, rows * columns, channels * p * q])
  const weight = t.reshape(kernel, [features, channels * p * q])
  const product = pairwiseLinear(pixels, weight)
  const patches = operation.has(2) ? t.add(product, operation.tensor(2)) : product
  operation.graph.addPatches({ image, pixels, weight, patches, grid: { rows, columns } })
  return t.reshape(t.transpose(patches, [0, 2, 1]), [batch, features, rows, columns])
}

function requirePatches(operation: Operation): void {
  const [image, kernel] = [operation.tensor(0), operation.tensor(1)]
  const [p = 1, q = 1] = kernel.shape.slice(2)
  const [down = 1, across = 1] = operation.ints('strides') ?? []
  const group = operation.int('group', 1)
  const pads = operation.ints('pads') ?? []
  const dilations = operation.ints('dilations') ?? []
  const same = operation.text('auto_pad', 'NOTSET').startsWith('SAME')
  const [, , height = 1, width = 1] = image.shape
  const fits =
    image.shape.length === 4 &&
    group === 1 &&
    down === p &&
    across === q &&
    pads.every(n => n === 0) &&
    dilations.every(n => n === 1) &&
    !(same && (height % p !== 0 || width % q !== 0)) &&
    dim(kernel.shape, 1) === dim(image.shape, 1)
  if (!fits)
    throw new ModelError(
      `a ${kernel.shape.slice(2).join(' x ')} convolution with stride ${[...new Set([down, across])].join(' x ')}, ${group} ${group === 1 ? 'group' : 'groups'}: only convolutions whose patches do not overlap are read; this is a hybrid or a convolutional network`,
    )
}

/** Convolutions. */
export const convolutions: Translations = { Conv }
