import { reshape, type Tensor } from '@vitrine/tensor'
import { blockAt, readRow } from '../attention.ts'
import type { Numbers, ProgramContext, SampleContext } from '../contract/context.ts'
import { type Option, whole } from '../contract/options.ts'
import { classGradient } from '../gradients.ts'
import { scaled } from './attention-paths.ts'

/** How many points on the path from the mean colour to the image are visited, both ends included. */
export const stepsOption: Option<number> = whole(20, 2, 1000)

/**
 * The gradient of the class's logit with respect to the row of the head's token in the last block's attention, for the image times the
 * input `scale`: `[batch, heads * tokens]`.
 */
export function scaledReadGradient(context: ProgramContext): Tensor {
  const { model, image, target, batch } = context
  const trace = model.trace(scaled(context, 'scale', image))
  const gradient = classGradient({ trace, target }, blockAt(trace, -1).attention)
  return reshape(readRow(model, gradient, trace), [batch, -1])
}

/**
 * A map from the output of the program `state`, one number per token: each patch's number times its integrated gradient. That is the
 * mean of the program `gradient` over the path from the mean colour to the image, its positive part, averaged over heads.
 */
export async function weightedState(
  { model, run }: Pick<SampleContext<'gradient' | 'state'>, 'model' | 'run'>,
  steps: number,
): Promise<Numbers> {
  const gradients = await run('gradient', steps, step => ({ scale: [step / (steps - 1)] }))
  const [state = new Float64Array(0)] = await run('state', 1)
  const heads = (gradients[0]?.length ?? 0) / state.length
  return state.slice(model.prefix).map((value, patch) => {
    const token = model.prefix + patch
    const ofHead = (head: number) =>
      gradients.reduce((total, row) => total + (row[head * state.length + token] ?? 0), 0) / steps
    const positive = Array.from({ length: heads }, (_, head) => Math.max(ofHead(head), 0))
    return (value * positive.reduce((a, b) => a + b, 0)) / heads
  })
}
