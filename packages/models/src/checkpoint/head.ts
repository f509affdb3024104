import { ModelError } from '../errors.ts'
import { firstFew, type TensorFile } from './tensor-file.ts'

/**
 * A backbone with the linear classifier of another file, as DINO and DINOv2 publish them. Where DINO's reads the class token and the mean of
 * the patches, it reads them channel by channel, in turns; here the one follows the other, as in DINOv2.
 */
export function withHead(backbone: TensorFile, classifier: TensorFile): TensorFile {
  const find = (kind: 'weight' | 'bias'): string =>
    classifier.names.find(name => new RegExp(`^(?:.*\\.)?${kind}$`).test(name)) ??
    fail(`expected a linear layer's weight and bias, got ${firstFew(classifier.names)}`)
  const fail = (problem: string): never => {
    throw new ModelError(`${classifier.path}: ${problem}`)
  }
  if (classifier.names.length !== 2) fail(`expected a weight and a bias, got ${firstFew(classifier.names)}`)
  const own = new Map([
    ['head.weight', find('weight')],
    ['head.bias', find('bias')],
  ])
  const [, features = 0] = classifier.shape(find('weight'))
  const token = backbone.names.find(name => name.endsWith('cls_token'))
  const width = token === undefined ? 0 : (backbone.shape(token).at(-1) ?? 0)
  const inTurns = /(?:^|\.)linear\.weight$/.test(find('weight')) && features === 2 * width
  const names = backbone.names.filter(name => !/(?:^|\.)head\./.test(name))
  const at = (name: string): readonly [TensorFile, string] => {
    const theirs = own.get(name)
    return theirs === undefined ? [backbone, name] : [classifier, theirs]
  }
  const ask = <T>(name: string, question: (file: TensorFile, name: string) => T): T => question(...at(name))
  return {
    path: backbone.path,
    files: [...backbone.files, ...classifier.files],
    names: [...names, ...own.keys()],
    shape: name => ask(name, (file, inside) => file.shape(inside)),
    dtype: name => ask(name, (file, inside) => file.dtype(inside)),
    location: name =>
      inTurns && name === 'head.weight' ? undefined : ask(name, (file, inside) => file.location(inside)),
    read(name) {
      const numbers = ask(name, (file, inside) => file.read(inside))
      if (!inTurns || name !== 'head.weight') return numbers
      return numbers.map((_, i) => {
        const [row, column] = [Math.floor(i / features), i % features]
        return numbers[row * features + 2 * (column % width) + (column < width ? 0 : 1)] ?? 0
      })
    },
  }
}
