import { type HostTensor, type HostTensors, type Program, show, sizeOf, type TensorOf } from '@vitrine/tensor'
import { InputError } from './errors.ts'

/** An input of a program with its numbers, which have its shape and number type. */
export type GivenInput = readonly [node: TensorOf<'input'>, numbers: HostTensor]

/** Checks that `given` is exactly what a program reads: names, shapes, number types. */
export function checkInputs(backend: string, { inputs }: Program, given: HostTensors): GivenInput[] {
  const names = inputs.map(t => t.params.name)
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new InputError(backend, name, `is not read by the program; it reads ${names.join(', ') || 'none'}`)
  return inputs.map(t => {
    const { name } = t.params
    const host = given[name]
    if (!host) throw new InputError(backend, name, `is missing: expected ${t.dtype} ${show(t.shape)}`)
    if (host.shape.length !== t.shape.length || host.shape.some((n, i) => n !== t.shape[i]))
      throw new InputError(backend, name, `expected shape ${show(t.shape)}, got ${show(host.shape)}`)
    if (host.data.length !== sizeOf(t.shape))
      throw new InputError(
        backend,
        name,
        `expected ${sizeOf(t.shape)} numbers for ${show(t.shape)}, got ${host.data.length}`,
      )
    if ((t.dtype === 'int') !== host.data instanceof Int32Array)
      throw new InputError(backend, name, `expected ${t.dtype} numbers, got ${host.data.constructor.name}`)
    return [t, host]
  })
}
