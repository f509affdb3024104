import { tidy } from '@tensorflow/tfjs-core'
import type { Weights } from '@vitrine/tensor'
import { type HostTensor, type HostTensors, isFixed, type Program, type Tensor } from '@vitrine/tensor'
import type { Compiled } from '../backend-of.ts'
import { type FixedTensors, fresh } from './fixed.ts'
import { type Leaves, type Step, stepOf } from './lower.ts'
import type { Arithmetic } from './portable.ts'
import { floats, ints, type Value } from './values.ts'

/** What a program needs of an opened engine. */
export interface Host {
  readonly arithmetic: Arithmetic
  readonly fixed: FixedTensors
  /** Sets the engine for the kernels that follow until the end of the current task. */
  activate(): void
}

/** A step, and the tensors that can be freed after it because no later step reads them. */
interface Planned {
  readonly node: Tensor
  readonly step: Step
  readonly last: readonly Tensor[]
}

/** Computes what is the same at every run, and keeps it until the program is disposed. */
export function compiled(program: Program, weights: Weights | undefined, host: Host): Compiled {
  const outputs = Object.entries(program.outputs)
  const { plan, fixed } = planOf(program, host.arithmetic)
  const kept = new Map<Tensor, Value>()
  const release = () => {
    for (const t of kept.keys()) host.fixed.release(t, weights)
    kept.clear()
  }
  host.activate()
  try {
    for (const t of fixed) kept.set(t, host.fixed.acquire(t, weights))
  } catch (error) {
    release()
    throw error
  }

  const compute = (leaves: Leaves): HostTensors => {
    const values = new Map(kept)
    const read = (t: Tensor): Value => {
      const value = values.get(t)
      if (!value) throw new RangeError(`[vitrine] [tfjs] ${t.op} is read before it is computed`)
      return value
    }
    for (const { node, step, last } of plan) {
      const operands = step.reads.map(read)
      const value = tidy(() => fresh(step.run(operands, leaves), operands, node))
      host.arithmetic.check(value)
      values.set(node, value)
      for (const t of last) {
        read(t).dispose()
        values.delete(t)
      }
    }
    return Object.fromEntries(outputs.map(([name, t]) => [name, toHost(t, read(t))]))
  }

  return {
    // From `activate` to the results nothing is awaited: no other engine of this process can be set in between.
    run(given) {
      const inputs = new Map<Tensor, HostTensor>(given)
      const leaves: Leaves = {
        input: node => toEngine(node, inputs.get(node)),
        parameter: notFixed,
        constant: notFixed,
      }
      host.activate()
      let results: HostTensors = {}
      tidy(() => {
        results = compute(leaves)
      })
      return results
    },
    dispose: release,
  }
}

/** The steps that depend on an input, in order, and the fixed tensors that they and the outputs read. */
function planOf(program: Program, arithmetic: Arithmetic): { plan: readonly Planned[]; fixed: ReadonlySet<Tensor> } {
  const results = new Set(Object.values(program.outputs))
  const needed = new Set(results)
  const released = new Set<Tensor>()
  const plan: Planned[] = []
  for (const node of program.nodes.toReversed()) {
    if (!needed.has(node) || isFixed(node)) continue
    const step = stepOf(node, arithmetic)
    const last = new Set<Tensor>()
    for (const t of step.reads) {
      needed.add(t)
      if (isFixed(t) || results.has(t) || released.has(t)) continue
      released.add(t)
      last.add(t)
    }
    plan.push({ node, step, last: [...last] })
  }
  return { plan: plan.reverse(), fixed: new Set([...needed].filter(isFixed)) }
}

function notFixed({ op }: Tensor): never {
  throw new RangeError(`[vitrine] [tfjs] a ${op} is computed once`)
}

function toEngine({ dtype, shape }: Tensor, host: HostTensor | undefined): Value {
  const data = host?.data ?? new Float32Array(0)
  if (dtype === 'int') return ints(Int32Array.from(data), shape)
  return floats(data instanceof Float32Array ? data : Float32Array.from(data), shape)
}

/** Copies the result, because the engine `cpu` returns the array that it holds. */
function toHost({ dtype, shape }: Tensor, value: Value): HostTensor {
  const data = value.dataSync()
  return { shape, data: dtype === 'int' ? Int32Array.from(data) : Float32Array.from(data) }
}
