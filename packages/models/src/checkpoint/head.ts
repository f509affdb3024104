import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { type Checkpoint, type CheckpointArray, derived, firstFew } from './checkpoint.ts'

/**
 * A backbone with the linear classifier of another file, as DINO and DINOv2 publish them. Where DINO's reads the class token and the mean of
 * the patches, its weights alternate between the two, channel by channel; here the one follows the other, as in DINOv2.
 */
export function withHead<B extends Bytes>(backbone: Checkpoint<B>, classifier: Checkpoint<B>): Checkpoint<B> {
  const names = [...classifier.arrays.keys()]
  const fail = (problem: string): never => {
    throw new ModelError(`${classifier.name}: ${problem}`)
  }
  if (names.length !== 2) fail(`expected a weight and a bias, got ${firstFew(names)}`)
  const find = (kind: 'weight' | 'bias'): readonly [string, CheckpointArray<B>] =>
    [...classifier.arrays].find(([name]) => new RegExp(`^(?:.*\\.)?${kind}$`).test(name)) ??
    fail(`expected a linear layer's weight and bias, got ${firstFew(names)}`)
  const [weightName, weight] = find('weight')
  const [, bias] = find('bias')
  const [, features = 0] = weight.shape
  const token = [...backbone.arrays].find(([name]) => name.endsWith('cls_token'))?.[1]
  const width = token?.shape.at(-1) ?? 0
  const alternates = /(?:^|\.)linear\.weight$/.test(weightName) && features === 2 * width
  return {
    name: backbone.name,
    sources: [...backbone.sources, ...classifier.sources],
    arrays: new Map([
      ...[...backbone.arrays].filter(([name]) => !/(?:^|\.)head\./.test(name)),
      ['head.weight', alternates ? derived([weight], weight.shape, ([own]) => sorted(own, features, width)) : weight],
      ['head.bias', bias],
    ]),
    cautions: [...(backbone.cautions ?? []), ...(classifier.cautions ?? [])],
  }
}

/** Rows of [token 0, mean 0, token 1, mean 1, …] as [token 0, token 1, …, mean 0, mean 1, …]. */
function sorted(
  rows: Float32Array<ArrayBuffer> = new Float32Array(),
  features: number,
  width: number,
): Float32Array<ArrayBuffer> {
  return rows.map((_, i) => {
    const [row, column] = [Math.floor(i / features), i % features]
    return rows[row * features + 2 * (column % width) + (column < width ? 0 : 1)] ?? 0
  })
}
