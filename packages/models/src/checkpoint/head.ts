import type { Bytes } from './bytes.ts'
import { type Checkpoint, derived } from './checkpoint.ts'
import { onlyClassifier } from './classifier.ts'
import type { Numbers } from './dtypes.ts'

/**
 * A backbone with the linear classifier of another file, as DINO and DINOv2 publish them. Where DINO's reads the class token and the mean of
 * the patches, its weights alternate between the two, channel by channel; here the one follows the other, as in DINOv2.
 */
export function withHead<B extends Bytes>(backbone: Checkpoint<B>, file: Checkpoint<B>): Checkpoint<B> {
  const { module, weight, bias } = onlyClassifier(file)
  const [, features = 0] = weight.shape
  const token = [...backbone.arrays].find(([name]) => name.endsWith('cls_token'))?.[1]
  const width = token?.shape.at(-1) ?? 0
  const alternates = /(?:^|\.)linear$/.test(module) && features === 2 * width
  return {
    name: backbone.name,
    sources: [...backbone.sources, ...file.sources],
    arrays: new Map([
      ...[...backbone.arrays].filter(([name]) => !/(?:^|\.)head\./.test(name)),
      ['head.weight', alternates ? derived([weight], weight.shape, ([own]) => sorted(own, features, width)) : weight],
      ['head.bias', bias],
    ]),
  }
}

/** Rows of [token 0, mean 0, token 1, mean 1, …] as [token 0, token 1, …, mean 0, mean 1, …]. */
function sorted(rows: Numbers = new Float32Array(), features: number, width: number): Numbers {
  return rows.map((_, i) => {
    const [row, column] = [Math.floor(i / features), i % features]
    return rows[row * features + 2 * (column % width) + (column < width ? 0 : 1)] ?? 0
  })
}
