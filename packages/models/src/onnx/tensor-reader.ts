import { fromBinary } from '@bufbuild/protobuf'
import { sizeOf } from '@vitrine/tensor'
import { StringStringEntryProtoSchema, type TensorProto, TensorProtoSchema } from 'onnx-buf'
import type { Bytes } from '../checkpoint/bytes.ts'
import type { Beside } from '../checkpoint/open.ts'
import { shown } from '../checkpoint/shown.ts'
import { ModelError } from '../errors.ts'
import { checkTensor, elementType, type OnnxTensor, type Place } from './elements.ts'
import { LIMITS } from './limits.ts'
import type { Field, MessageReader } from './wire.ts'

export interface TensorReader<B extends Bytes> {
  /** The tensor of a TensorProto that lies at a field. */
  read(field: Field): Promise<OnnxTensor<B>>
  /** Files beside the model that hold tensors, opened so far. */
  others(): readonly B[]
}

/** Numbers of fields of TensorProto in onnx.proto. */
const TENSOR = { dims: 1, type: 2, floats: 4, name: 8, raw: 9, doubles: 10, external: 13, location: 14 } as const
/** Fields that spell out numbers one by one: floats, int32, int64, doubles, uint64. */
const SPELLED: readonly number[] = [TENSOR.floats, 5, 7, TENSOR.doubles, 11]

export function tensorReader<B extends Bytes>(
  bytes: B,
  reader: MessageReader,
  beside: Beside<B> | undefined,
): TensorReader<B> {
  const opened = new Map<string, B>()
  const text = async ({ offset, length }: Field) => new TextDecoder().decode(await reader.part(offset, length))

  async function externalPlace(name: string, entries: ReadonlyMap<string, string>, size: number): Promise<Place<B>> {
    const location = entries.get('location') ?? ''
    // A plain relative path: no drive, no scheme, nothing that leaves the folder.
    const steps = location.split('/')
    if (/[\\:\0]/.test(location) || steps.some(step => step === '' || step === '.' || step === '..'))
      throw new ModelError(`"${name}": external data "${shown(location)}" does not lie beside the model`)
    const file = opened.get(location) ?? (await beside?.(location))
    if (!file)
      throw new ModelError(`"${name}" lies in ${shown(location)}: open the model from a folder that has both files`)
    opened.set(location, file)
    const [offset, length] = [Number(entries.get('offset') ?? 0), Number(entries.get('length') ?? size)]
    if (![offset, length].every(n => Number.isSafeInteger(n) && n >= 0) || offset + length > file.size)
      throw new ModelError(
        `"${name}": ${shown(location)} ends at byte ${file.size}, expected bytes ${offset} to ${offset + length}; download it again`,
      )
    return { bytes: file, offset, length }
  }

  async function read({ offset, length }: Field): Promise<OnnxTensor<B>> {
    let [name, type, external, spelled] = ['', 0, false, false]
    let raw: Field | undefined
    const shape: number[] = []
    const entries = new Map<string, string>()
    for await (const field of reader.fields(offset, offset + length)) {
      const { number, wire } = field
      // Packed floats and doubles are the same bytes as raw ones.
      if (number === TENSOR.raw || (wire === 2 && (number === TENSOR.floats || number === TENSOR.doubles))) raw = field
      else if (number === TENSOR.dims)
        shape.push(...(wire === 0 ? [field.value] : await reader.varints(field.offset, field.length)))
      else if (number === TENSOR.type) type = field.value
      else if (number === TENSOR.name) name = shown(await text(field))
      else if (number === TENSOR.location) external = field.value === 1
      else if (number === TENSOR.external) {
        const part = await reader.part(field.offset, field.length)
        const { key, value } = fromBinary(StringStringEntryProtoSchema, part)
        entries.set(key, value)
      } else if (SPELLED.includes(number)) spelled = true
      if (shape.length > LIMITS.rank) throw new ModelError(`tensor "${name}": expected at most ${LIMITS.rank} axes`)
    }
    if (shape.some(n => n < 0 || !Number.isSafeInteger(n)) || sizeOf(shape) > LIMITS.elements)
      throw new ModelError(`"${name}": expected at most ${LIMITS.elements} elements, got [${shape.join(', ')}]`)
    const size = sizeOf(shape) * (elementType(type).bytes ?? 0)
    const place = async (): Promise<OnnxTensor<B>['data']> => {
      if (external) return externalPlace(name, entries, size)
      if (spelled) return numbersOf(fromBinary(TensorProtoSchema, await reader.part(offset, length)))
      return { bytes, offset: raw?.offset ?? 0, length: raw?.length ?? 0 }
    }
    const tensor = { name, shape, type, data: await place() }
    checkTensor(tensor)
    return tensor
  }

  return { read, others: () => [...opened.values()] }
}

/** The numbers that a message in memory has: raw, or in fields of their own, where half-precision ones are bits of whole numbers. */
export function numbersOf(tensor: TensorProto): ArrayLike<number> {
  const { dataType, rawData, floatData, int32Data, int64Data, doubleData, uint64Data } = tensor
  const { decode, kind } = elementType(dataType)
  if (rawData.length > 0 && decode) return decode(rawData.slice().buffer)
  if (kind === 'float' && int32Data.length > 0 && decode) return decode(Uint16Array.from(int32Data).buffer)
  const lists = [floatData, int32Data, doubleData, int64Data.map(Number), uint64Data.map(Number)]
  return lists.find(list => list.length > 0) ?? []
}
