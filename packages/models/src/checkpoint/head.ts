import { ModelError } from '../errors.ts'
import { firstFew, type TensorFile } from './tensor-file.ts'

/** A backbone with the linear classifier of another file, as DINO and DINOv2 publish them. */
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
    location: name => ask(name, (file, inside) => file.location(inside)),
    read: name => ask(name, (file, inside) => file.read(inside)),
  }
}
