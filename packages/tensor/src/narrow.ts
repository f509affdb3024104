import * as build from './build.ts'
import { topological } from './graph.ts'
import { everything, keptAxes, type Range, slice } from './movement.ts'
import type { Op, OpParams, Shape, Tensor, TensorOf } from './ops.ts'
import { dim, only, ShapeError, sameNumbers, show } from './tensor.ts'
import { isWhole, seenOn, UnusedTensorError, unviewed } from './views.ts'

type Window = readonly Range[]

/** What one op must compute and what it reads for it. */
interface Need {
  /** The part of the op's result that is computed: at least what was asked for. */
  readonly own: Window
  /** The part of each operand that is read. */
  readonly inputs: readonly (Window | undefined)[]
}

interface Narrowing<O extends Op> {
  /** Which parts of the operands a window of the result needs. */
  readonly need: (node: TensorOf<O>, window: Window) => Need
  /** The op on those parts. */
  readonly apply: (node: TensorOf<O>, inputs: readonly Tensor[], own: Window) => Tensor
}

/**
 * The same outputs from less work: each tensor is computed only inside the window that its consumers read. A classifier that
 * reads one token needs one row of the last block; a heatmap that reads the class token's attention needs one row of scores.
 */
export function narrow(outputs: readonly Tensor[]): Tensor[] {
  const order = topological(outputs)
  const asked = new Map<Tensor, Window>(outputs.map(t => [t, everything(t.shape)]))
  const needs = new Map<Tensor, Need>()
  for (const node of order.toReversed()) {
    const window = asked.get(node)
    if (!window) continue
    const need = row(node.op).need(node, window)
    needs.set(node, need)
    node.inputs.forEach((operand, i) => {
      const read = need.inputs[i]
      if (read) asked.set(operand, hull(asked.get(operand), read))
    })
  }
  const narrowed = new Map<Tensor, Tensor>()
  for (const node of order) {
    const need = needs.get(node)
    if (!need) continue
    const inputs = node.inputs.flatMap((operand, i) => {
      const read = need.inputs[i]
      const part = narrowed.get(operand)
      const available = needs.get(operand)?.own
      return read && part && available ? [slice(part, relative(read, available))] : []
    })
    narrowed.set(node, rebuilt(node, inputs, need.own))
  }
  return outputs.map(t => {
    const whole = narrowed.get(t)
    const own = needs.get(t)?.own
    if (!whole || !own) throw new Error(`[vitrine] [tensor] narrow: output ${t.id} was not reached`)
    return slice(whole, relative(everything(t.shape), own))
  })
}

/**
 * The same outputs with some tensors replaced by others of the same shape: what would be computed if the program went on from them. A
 * tensor that the outputs are not computed from, but that is a view of all elements (`reshape`, `transpose`) of one that they are
 * computed from, stands for that one.
 *
 * @throws UnusedTensorError for another tensor that the outputs are not computed from
 * @throws ShapeError where a replacement has another shape or dtype, or two of them replace one tensor
 */
export function substitute(outputs: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  const order = topological(outputs)
  const onTheWay = new Set(order)
  const made = new Map<Tensor, Tensor>()
  for (const [from, to] of replacements) {
    if (!sameNumbers(from.shape, to.shape) || from.dtype !== to.dtype)
      throw new ShapeError(
        from.op,
        `cannot be replaced: expected ${from.dtype} ${show(from.shape)}, got ${to.dtype} ${show(to.shape)}`,
      )
    const view = seenOn(node => onTheWay.has(node), from)
    if (!view || !isWhole(view))
      throw new UnusedTensorError('substitute', from, 'tensors that the outputs are computed from')
    if (made.has(view.source))
      throw new ShapeError(
        from.op,
        `cannot be replaced: ${view.source.op} ${show(view.source.shape)} is replaced twice`,
      )
    made.set(view.source, unviewed(view, to))
  }
  const current = (t: Tensor): Tensor => made.get(t) ?? t
  for (const node of order) {
    if (made.has(node) || node.inputs.every(t => current(t) === t)) continue
    const { own, inputs } = row(node.op).need(node, everything(node.shape))
    const parts = node.inputs.flatMap((t, i) => {
      const read = inputs[i]
      return read ? [slice(current(t), read)] : []
    })
    made.set(node, rebuilt(node, parts, own))
  }
  return outputs.map(current)
}

/** The op of a node on parts of its operands, which must make the window `own` of its result. */
function rebuilt(node: Tensor, inputs: readonly Tensor[], own: Window): Tensor {
  const made = row(node.op).apply(node, inputs, own)
  if (!sameNumbers(made.shape, sizes(own)) || made.dtype !== node.dtype)
    throw new ShapeError(
      node.op,
      `rebuilding ${node.dtype} ${show(node.shape)}: expected a part ${show(sizes(own))} of it, got ${made.dtype} ${show(made.shape)}`,
    )
  return made
}

const row = (op: Op): Narrowing<Op> => narrowings[op] as unknown as Narrowing<Op>

const hull = (a: Window | undefined, b: Window): Window =>
  a ? b.map(([s, e], i): Range => [Math.min(s, a[i]?.[0] ?? s), Math.max(e, a[i]?.[1] ?? e)]) : b

const relative = (window: Window, to: Window): Window =>
  window.map(([s, e], i): Range => [s - (to[i]?.[0] ?? 0), e - (to[i]?.[0] ?? 0)])

const sizes = (window: Window): Shape => window.map(([s, e]) => e - s)

/** The window of an operand that is broadcast to the result. */
const broadcastWindow = (shape: Shape, window: Window): Window =>
  shape.map((n, i): Range => (n === 1 ? [0, 1] : (window[i + window.length - shape.length] ?? [0, n])))

/** A window with some axes full. */
const fullOn = (shape: Shape, window: Window, full: (axis: number) => boolean): Window =>
  window.map((r, i): Range => (full(i) ? [0, dim(shape, i)] : r))

const leaf = {
  need: (node: Tensor): Need => ({ own: everything(node.shape), inputs: [] }),
  apply: (node: Tensor): Tensor => node,
}

const unary = (f: (x: Tensor) => Tensor) => ({
  need: (_: Tensor, window: Window): Need => ({ own: window, inputs: [window] }),
  apply: (_: Tensor, [x]: readonly Tensor[]): Tensor => f(some(x)),
})

const broadcasting = (f: (a: Tensor, b: Tensor, c: Tensor) => Tensor) => ({
  need: (node: Tensor, window: Window): Need => ({
    own: window,
    inputs: node.inputs.map(t => broadcastWindow(t.shape, window)),
  }),
  apply: (_: Tensor, [a, b, c]: readonly Tensor[]): Tensor => f(some(a), some(b), c ?? some(b)),
})

const lastAxis = <O extends Op>(f: (node: TensorOf<O>, inputs: readonly Tensor[]) => Tensor): Narrowing<O> => ({
  need: (node, window) => {
    const rank = node.shape.length
    const own = fullOn(node.shape, window, axis => axis === rank - 1)
    const [x, ...rest] = node.inputs
    return {
      own,
      inputs: [fullOn(some(x).shape, own, axis => axis === rank - 1), ...rest.map(t => everything(t.shape))],
    }
  },
  apply: f,
})

const reduction = <O extends 'sum' | 'max'>(f: (x: Tensor, axes: readonly number[]) => Tensor): Narrowing<O> => ({
  need: (node, window) => {
    const { axes } = node.params as OpParams['sum']
    return { own: window, inputs: [fullOn(only(node as Tensor).shape, window, axis => axes.includes(axis))] }
  },
  apply: (node, [x]) => f(some(x), (node.params as OpParams['sum']).axes),
})

/** Of an image and of rows of windows, all that lies behind the axes that both have. */
const windowed = <O extends 'unfold' | 'fold'>(f: (node: TensorOf<O>, x: Tensor) => Tensor): Narrowing<O> => ({
  need: (node, window) => {
    const { shape } = only(node as Tensor)
    const leading = Math.min(shape.length, node.shape.length) - 2
    const part = (of: Shape): Window =>
      of.map((n, axis): Range => (axis < leading ? window[axis] : undefined) ?? [0, n])
    return { own: part(node.shape), inputs: [part(shape)] }
  },
  apply: (node, [x]) => f(node, some(x)),
})

function some(t: Tensor | undefined): Tensor {
  if (!t) throw new Error('[vitrine] [tensor] narrow: an operand that is read was not computed')
  return t
}

const narrowings: { readonly [O in Op]: Narrowing<O> } = {
  input: leaf,
  parameter: leaf,
  constant: leaf,
  neg: unary(x => build.neg(x)),
  abs: unary(x => build.abs(x)),
  sign: unary(x => build.sign(x)),
  exp: unary(x => build.exp(x)),
  log: unary(x => build.log(x)),
  sqrt: unary(x => build.sqrt(x)),
  relu: unary(x => build.relu(x)),
  sigmoid: unary(x => build.sigmoid(x)),
  tanh: unary(x => build.tanh(x)),
  erf: unary(x => build.erf(x)),
  gelu: unary(x => build.gelu(x)),
  add: broadcasting((a, b) => build.add(a, b)),
  sub: broadcasting((a, b) => build.sub(a, b)),
  mul: broadcasting((a, b) => build.mul(a, b)),
  div: broadcasting((a, b) => build.div(a, b)),
  maximum: broadcasting((a, b) => build.maximum(a, b)),
  minimum: broadcasting((a, b) => build.minimum(a, b)),
  greater: broadcasting((a, b) => build.greater(a, b)),
  equal: broadcasting((a, b) => build.equal(a, b)),
  where: broadcasting((a, b, c) => build.where(a, b, c)),
  matmul: {
    need: (node, window) => {
      const { transposeA, transposeB } = node.params
      const [a, b] = node.inputs.map((t, operand) => {
        const batch = broadcastWindow(t.shape.slice(0, -2), window.slice(0, -2))
        const free = operand === 0 ? window.at(-2) : window.at(-1)
        const freeAxis = (operand === 0) === transposeA ? 1 : 0
        const last = [...everything(t.shape.slice(-2))]
        if (free) last[operand === 0 ? freeAxis : 1 - (transposeB ? 1 : 0)] = free
        return [...batch, ...last]
      })
      return { own: window, inputs: [a, b] }
    },
    apply: (node, [a, b]) => build.matmul(some(a), some(b), node.params.transposeA, node.params.transposeB),
  },
  sum: reduction(build.sum),
  max: reduction(build.max),
  softmax: lastAxis((_, [x]) => build.softmax(some(x))),
  layerNorm: lastAxis((node, [x, scale, bias]) =>
    build.layerNorm(some(x), some(scale), some(bias), node.params.epsilon),
  ),
  reshape: {
    need: (node, window) => {
      const x = only(node)
      const kept = keptAxes(x.shape, node.shape)
      const own = fullOn(node.shape, window, axis => !kept.includes(axis))
      return { own, inputs: [x.shape.map((n, i): Range => own[kept[i] ?? -1] ?? [0, n])] }
    },
    apply: (_, [x], own) => build.reshape(some(x), sizes(own)),
  },
  transpose: {
    need: (node, window) => {
      const { permutation } = node.params
      return { own: window, inputs: [permutation.map((_, axis) => window[permutation.indexOf(axis)] ?? [0, 1])] }
    },
    apply: (node, [x]) => build.transpose(some(x), node.params.permutation),
  },
  slice: {
    need: (node, window) => {
      const { starts } = node.params
      return { own: window, inputs: [window.map(([s, e], i): Range => [s + dim(starts, i), e + dim(starts, i)])] }
    },
    apply: (_, [x]) => some(x),
  },
  pad: {
    need: (node, window) => {
      const inside = insideOf(node, window)
      return { own: window, inputs: [inside.some(([s, e]) => e <= s) ? undefined : inside] }
    },
    apply: (node, [x], own) => {
      if (!x) return build.zeros(sizes(own))
      const { before } = node.params
      const inside = insideOf(node, own)
      return build.pad(
        x,
        own.map(([s], i) => dim(before, i) + (inside[i]?.[0] ?? 0) - s),
        own.map(([, e], i) => e - dim(before, i) - (inside[i]?.[1] ?? 0)),
      )
    },
  },
  concat: {
    need: (node, window) => {
      const { axis } = node.params
      let offset = 0
      const inputs = node.inputs.map(t => {
        const start = offset
        offset += dim(t.shape, axis)
        const [s, e] = window[axis] ?? [0, 0]
        const part: Range = [Math.max(s - start, 0), Math.min(e, offset) - start]
        return part[1] > part[0] ? window.map((r, i): Range => (i === axis ? part : r)) : undefined
      })
      return { own: window, inputs }
    },
    apply: (node, parts) => build.concat(parts, node.params.axis),
  },
  broadcast: {
    need: (node, window) => ({ own: window, inputs: [broadcastWindow(only(node).shape, window)] }),
    apply: (_, [x], own) => build.broadcast(some(x), sizes(own)),
  },
  gather: {
    need: (node, window) => {
      const { axis } = node.params
      const [x, indices] = node.inputs
      return {
        own: window,
        inputs: [
          fullOn(some(x).shape, window, i => i === axis),
          indices && [window[axis] ?? [0, dim(indices.shape, 0)]],
        ],
      }
    },
    apply: (node, [x, indices]) => build.gather(some(x), some(indices), node.params.axis),
  },
  unfold: windowed((node, x) => build.unfold(x, node.params)),
  fold: windowed((node, x) => build.fold(x, node.params)),
  topK: lastAxis((node, [x]) => build.topK(some(x), node.params.k)[node.params.output]),
  oneHot: {
    need: (node, window) => ({
      own: fullOn(node.shape, window, axis => axis === node.shape.length - 1),
      inputs: [window.slice(0, -1)],
    }),
    apply: (node, [indices]) => build.oneHot(some(indices), node.params.depth),
  },
}

function insideOf(node: TensorOf<'pad'>, window: Window): Window {
  const { before } = node.params
  return window.map(([s, e], i): Range => {
    const offset = dim(before, i)
    return [Math.max(s - offset, 0), Math.min(e - offset, dim(only(node).shape, i))]
  })
}
