import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { GraphProtoSchema, ModelProtoSchema, TensorProtoSchema } from 'onnx-buf'
import { type GivenGraph, type GivenNode, onnxBytes, tensorProto } from '../testing.ts'

/** Files that were made to harm, or that are no models, each with what its refusal says. */
export interface HostileFile {
  readonly bytes: () => Uint8Array
  readonly refusal: RegExp
}

const IMAGE = { x: [1, 3, 64, 64] }
const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: GivenNode['attributes'] = {},
): GivenNode => ({ op, inputs, outputs, attributes })

const given = (refusal: RegExp, nodes: readonly GivenNode[], more: Partial<GivenGraph> = {}): HostileFile => ({
  bytes: () => onnxBytes({ nodes, inputs: IMAGE, outputs: ['y'], ...more }),
  refusal,
})
const ints = (...list: readonly number[]) => ({ shape: [list.length], ints: list })
const int = (n: number) => ({ shape: [], ints: [n] })

const external = (location: string) =>
  create(TensorProtoSchema, {
    name: 'w',
    dims: [64n, 64n],
    dataType: 1,
    dataLocation: 1,
    externalData: [{ key: 'location', value: location }],
  })
const withDims = (...dims: readonly bigint[]) =>
  create(TensorProtoSchema, { name: 'w', dims: [...dims], dataType: 1, rawData: new Uint8Array(16) })
const readsW: readonly GivenNode[] = [node('MatMul', ['x', 'w'], ['m']), node('Flatten', ['m'], ['y'])]
const chain = (op: string, count: number): readonly GivenNode[] =>
  Array.from({ length: count }, (_, i) => node(op, [i === 0 ? 'x' : `t${i - 1}`], [i === count - 1 ? 'y' : `t${i}`]))
const doubled = (op: string, count: number, attributes = {}): readonly GivenNode[] =>
  Array.from({ length: count }, (_, i) => {
    const from = i === 0 ? 'x' : `t${i - 1}`
    return node(op, [from, from], [i === count - 1 ? 'y' : `t${i}`], attributes)
  })

const short = () => {
  const tensor = tensorProto('w', { shape: [64, 64], floats: new Array<number>(64 * 64).fill(0) })
  return create(TensorProtoSchema, { ...tensor, rawData: tensor.rawData.slice(0, 100) })
}

export const hostileFiles: Readonly<Record<string, HostileFile>> = {
  'a cycle': given(/a cycle through (Add|Relu)/, [
    node('Add', ['x', 'b'], ['a']),
    node('Relu', ['a'], ['b']),
    node('Flatten', ['b'], ['y']),
  ]),
  'a node that reads itself': given(/a cycle through Add "y"/, [node('Add', ['y', 'x'], ['y'])]),
  'a name that nothing makes': given(/"nowhere", read by Add "y", is made by nothing/, [
    node('Add', ['x', 'nowhere'], ['y']),
  ]),
  'a name that is made twice': given(/"y" is made twice/, [node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y'])]),
  'an output that nothing makes': given(/"y", read by the outputs, is made by nothing/, [node('Relu', ['x'], ['z'])]),
  'a constant of 2^46 numbers': given(
    /ConstantOfShape: expected a constant of at most/,
    [node('ConstantOfShape', ['s'], ['c']), node('Add', ['x', 'c'], ['y'])],
    { tensors: { s: ints(2 ** 20, 2 ** 20, 64) } },
  ),
  'a constant that is repeated 2^40 times': given(
    /Expand: expected (at most|tensors of at most)/,
    [node('Expand', ['one', 's'], ['c']), node('Add', ['x', 'c'], ['y'])],
    { tensors: { one: int(1), s: ints(2 ** 20, 2 ** 20) } },
  ),
  'an image that is repeated 2^30 times': given(
    /Expand: expected tensors of at most/,
    [node('Expand', ['x', 's'], ['y'])],
    { tensors: { s: ints(2 ** 30, 3, 64, 64) } },
  ),
  'a range of 2^40 numbers': given(
    /Range: expected a range of at most/,
    [node('Range', ['a', 'b', 'c'], ['r']), node('Add', ['x', 'r'], ['y'])],
    { tensors: { a: int(0), b: int(2 ** 40), c: int(1) } },
  ),
  'a range by 0': given(
    /Range: expected a range of at most/,
    [node('Range', ['a', 'b', 'c'], ['r']), node('Add', ['x', 'r'], ['y'])],
    { tensors: { a: int(0), b: int(5), c: int(0) } },
  ),
  'tiles of 2^28': given(/Tile: .* is more than/, [node('Tile', ['x', 's'], ['y'])], {
    tensors: { s: ints(1, 1, 2 ** 28, 1) },
  }),
  'tiles of tiles': given(/Tile: .* is more than|expected tensors of at most/, chainOfTiles(), {
    tensors: { s: ints(1, 1, 2, 2) },
  }),
  'joints that double 60 times': given(/Concat: expected tensors of at most/, doubled('Concat', 60, { axis: 0 })),
  'squares of squares of squares': given(/expected an output|no classes/, doubled('Mul', 60)),
  'a million nodes': { bytes: () => repeated(1_000_000), refusal: /expected at most 50000 nodes/ },
  'a chain of 50,000 nodes': { bytes: () => relus(50_000), refusal: /gives y \[1, 3, 64, 64\] and no classes/ },
  'a chain of 50,000 views': given(
    /no classes|expected/,
    Array.from({ length: 50_000 }, (_, i) =>
      node(i % 2 ? 'Unsqueeze' : 'Squeeze', [i === 0 ? 'x' : `t${i - 1}`, 'zero'], [i === 49_999 ? 'y' : `t${i}`]),
    ),
    { tensors: { zero: ints(0) } },
  ),
  'a shape of two open sizes': given(/Reshape: cannot view/, [node('Reshape', ['x', 's'], ['y'])], {
    tensors: { s: ints(-1, -1) },
  }),
  'a shape that does not fit': given(/Reshape: cannot view/, [node('Reshape', ['x', 's'], ['y'])], {
    tensors: { s: ints(5, 7) },
  }),
  'a shape of 2^53': given(/Reshape: cannot view/, [node('Reshape', ['x', 's'], ['y'])], {
    tensors: { s: ints(2 ** 53, -1) },
  }),
  'a shape made of the image': given(/Reshape: a shape depends on the image/, [node('Reshape', ['x', 'x'], ['y'])]),
  'a step of 0': given(/Slice: a step of 0/, [node('Slice', ['x', 'a', 'b', 'c', 's'], ['y'])], {
    tensors: { a: ints(0), b: ints(9), c: ints(2), s: ints(0) },
  }),
  'an axis that does not exist': given(/Softmax: axis 99 does not exist/, [
    node('Softmax', ['x'], ['y'], { axis: 99 }),
  ]),
  'an entry that does not exist': given(/Gather: entry 99 of 3/, [node('Gather', ['x', 'i'], ['y'], { axis: 1 })], {
    tensors: { i: ints(99) },
  }),
  'parts of a negative size': given(/Split:/, [node('Split', ['x', 's'], ['y', 'z'], { axis: 1 })], {
    tensors: { s: ints(-1, 4) },
  }),
  'a thousand axes': given(/Unsqueeze: expected at most 16 axes/, [node('Unsqueeze', ['x', 's'], ['y'])], {
    tensors: { s: ints(...Array.from({ length: 1000 }, (_, i) => i)) },
  }),
  'a loop': given(/Loop: depends on the image: shapes and control flow/, [node('Loop', ['a', '', 'x'], ['y'])], {
    tensors: { a: int(2 ** 40) },
  }),
  'an op of nobody': given(/com\.evil\.Foo: this op is not read/, [node('com.evil.Foo', ['x'], ['y'])]),
  'an op with the name of a property': given(/constructor: this op is not read/, [node('constructor', ['x'], ['y'])]),
  'a convolution of a sequence': given(
    /Conv: a convolution of \[1, 3, 4096\]: only those of images are read/,
    [node('Reshape', ['x', 's'], ['c']), node('Conv', ['c', 'w'], ['y'], { kernel_shape: [3] })],
    { tensors: { s: ints(1, 3, 4096), w: { shape: [8, 3, 3], floats: new Array<number>(72).fill(0) } } },
  ),
  'windows that see more than there is': given(
    /Conv: windows of 40 x 40 pixels see too much of \[1, 3, 2064, 2064\]/,
    [node('Conv', ['x', 'w'], ['y'], { pads: [1000, 1000, 1000, 1000] })],
    { tensors: { w: { shape: [1, 3, 40, 40], floats: new Array<number>(4800).fill(0) } } },
  ),
  'windows without steps': given(
    /Conv: expected sizes of 1 to 16384 pixels/,
    [node('Conv', ['x', 'w'], ['y'], { strides: [0, 1] })],
    {
      tensors: { w: { shape: [1, 3, 2, 2], floats: new Array<number>(12).fill(0) } },
    },
  ),
  'windows larger than the image': given(
    /Conv: unfold: no window of \[2, 2\], \[99, 1\] apart, fits into \[64, 64\] pixels/,
    [node('Conv', ['x', 'w'], ['y'], { dilations: [99, 1] })],
    { tensors: { w: { shape: [1, 3, 2, 2], floats: new Array<number>(12).fill(0) } } },
  ),
  'a network of convolutions that averages nothing': given(
    /no self-attention was found, and no feature map that its head averages/,
    [node('Conv', ['x', 'w'], ['c'], { kernel_shape: [3, 3] }), node('Flatten', ['c'], ['y'])],
    { tensors: { w: { shape: [8, 3, 3, 3], floats: new Array<number>(216).fill(0) } } },
  ),
  'a tensor of text': given(/has elements of string/, [node('Add', ['x', 's'], ['y'])], {
    tensors: { s: create(TensorProtoSchema, { name: 's', dims: [1n], dataType: 8, stringData: [Uint8Array.of(120)] }) },
  }),
  'a tensor with too few bytes': given(/"w": expected 16384 bytes for float32 \[64, 64\], got 100/, readsW, {
    tensors: { w: short() },
  }),
  'a tensor of 2^64 numbers': given(/"w": expected at most 1073741824 elements/, readsW, {
    tensors: { w: withDims(2n ** 62n, 4n) },
  }),
  'a tensor of a negative size': given(/"w": expected at most 1073741824 elements, got \[-5, 4\]/, readsW, {
    tensors: { w: withDims(-5n, 4n) },
  }),
  'a tensor of a hundred axes': given(/tensor "": expected at most 16 axes/, readsW, {
    tensors: { w: withDims(...Array.from({ length: 100 }, () => 1n)) },
  }),
  'weights above the folder': given(
    /external data "\.\.\/\.\.\/\.\.\/etc\/passwd" does not lie beside the model/,
    readsW,
    { tensors: { w: external('../../../etc/passwd') } },
  ),
  'weights behind a folder that is left': given(/does not lie beside the model/, readsW, {
    tensors: { w: external('a/../../b') },
  }),
  'weights at an absolute path': given(/external data "\/etc\/passwd" does not lie beside the model/, readsW, {
    tensors: { w: external('/etc/passwd') },
  }),
  'weights at a path of Windows': given(/does not lie beside the model/, readsW, {
    tensors: { w: external('C:\\secret') },
  }),
  'weights at no path': given(/does not lie beside the model/, readsW, { tensors: { w: external('') } }),
  'weights that are not there': given(/none\.data/, readsW, { tensors: { w: external('none.data') } }),
  'two images': given(
    /expected one input with four axes, got x \[1, 3, 64, 64\], z \[1, 3, 64, 64\]/,
    [node('Add', ['x', 'z'], ['y'])],
    { inputs: { ...IMAGE, z: [1, 3, 64, 64] } },
  ),
  'no image': given(
    /expected one input with four axes, got x \[b, s\]: not an image classifier/,
    [node('Flatten', ['x'], ['y'])],
    { inputs: { x: ['b', 's'] } },
  ),
  'an image of no size': given(
    /does not say how large images are \(x \[b, 3, h, w\]\); say model\.onnx\[size=224\]/,
    [node('Flatten', ['x'], ['y'])],
    { inputs: { x: ['b', 3, 'h', 'w'] } },
  ),
  'an image of a million pixels a side': given(
    /expected images of 1 to 16384 pixels a side/,
    [node('Flatten', ['x'], ['y'])],
    { inputs: { x: [1, 3, 1_000_000, 1_000_000] } },
  ),
  'an image of seven colours': given(
    /expected images of three colours, got x \[1, 7, 64, 64\]/,
    [node('Flatten', ['x'], ['y'])],
    { inputs: { x: [1, 7, 64, 64] } },
  ),
  'a batch of eight': given(
    /expected a batch that is left open or 1, got x \[8, 3, 64, 64\]/,
    [node('Flatten', ['x'], ['y'])],
    { inputs: { x: [8, 3, 64, 64] } },
  ),
  'an opset of the first days': given(/expected opset 11 to 25, got 3/, [node('Flatten', ['x'], ['y'])], { opset: 3 }),
  'a graph without attention': given(/no self-attention was found/, [node('Flatten', ['x'], ['y'])]),
  'an empty file': { bytes: () => new Uint8Array(), refusal: /got 0 graphs and 0 nodes/ },
  'a file of zeros': { bytes: () => new Uint8Array(1000), refusal: /byte 0: expected a field of Protocol Buffers/ },
  'a graph without nodes': {
    bytes: () => toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { name: 'g' } })),
    refusal: /got 1 graphs and 0 nodes/,
  },
  'half a file': {
    bytes: () => onnxBytes({ nodes: chain('Relu', 100), inputs: IMAGE, outputs: ['y'] }).slice(0, 1500),
    refusal: /passes the end of its message|ends at byte/,
  },
  'a message of 2^60 bytes': {
    bytes: () => Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f),
    refusal: /passes the end of its message/,
  },
  'a number without an end': { bytes: () => new Uint8Array(64).fill(0xff), refusal: /a number of more than ten bytes/ },
}

function chainOfTiles(): readonly GivenNode[] {
  return Array.from({ length: 30 }, (_, i) =>
    node('Tile', [i === 0 ? 'x' : `t${i - 1}`, 's'], [i === 29 ? 'y' : `t${i}`]),
  )
}

// Written without a library: what the test takes of memory shall be what the reader takes.

const field = (number: number, ...content: readonly Uint8Array[]): Uint8Array => {
  const length = content.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([varint(number * 8 + 2), varint(length), ...content])
}

const relu = (from: string, to: string): Uint8Array =>
  field(1, field(1, Buffer.from(from)), field(2, Buffer.from(to)), field(4, Buffer.from('Relu')))

/** A graph of one image and these nodes. */
function graphOf(nodes: Uint8Array): Uint8Array {
  const { graph } = fromBinary(ModelProtoSchema, onnxBytes({ nodes: [], inputs: IMAGE, outputs: ['y'] }))
  const rest = toBinary(GraphProtoSchema, graph ?? create(GraphProtoSchema))
  return Buffer.concat([field(8, Uint8Array.of(0x10, 20)), field(7, rest, nodes)])
}

const relus = (count: number): Uint8Array =>
  graphOf(
    Buffer.concat(
      Array.from({ length: count }, (_, i) => relu(i === 0 ? 'x' : `t${i - 1}`, i === count - 1 ? 'y' : `t${i}`)),
    ),
  )

/** The same node many times. */
const repeated = (count: number): Uint8Array => {
  const node = relu('x', 'y')
  return graphOf(Buffer.alloc(count * node.length, node))
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128)
    if (rest < 128) return Uint8Array.from(bytes)
  }
}
