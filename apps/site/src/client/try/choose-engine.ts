import type { Backend } from '@vitrine/backends/core'
import { openModelRun } from '@vitrine/measure'
import { mapAgreement } from '@vitrine/metrics'
import { normalise, type Size } from '@vitrine/models/architecture'
import type { Model } from '@vitrine/models/checkpoint'
import { fixed, significant } from '../../shared/format.ts'
import { choiceOf } from './explaining.ts'

/** The engine that methods run on, and in a sentence why. */
export interface ChosenEngine {
  readonly backend: Backend
  readonly words: string
}

/** Methods whose maps are compared: they run gradients and relevance through the whole model, and are well conditioned in float32. */
const CHECKED = ['agcam', 'attnlrp']

/** Largest difference of two maps as a share of the largest value. Engines that add in another order stay well below it. */
const TOLERANCE = 1e-3

/**
 * WebGPU where it can be opened and makes the maps that WebAssembly makes of a check image. Compilers of shaders and drivers err in ways that no
 * description tells.
 *
 * @param fastest whether WebGPU must not be slower either
 */
export async function chooseEngine(
  model: Model,
  wasm: Backend,
  openWebGpu: () => Promise<Backend>,
  fastest: boolean,
): Promise<ChosenEngine> {
  let webgpu: Backend | undefined
  const refuse = async (why: string): Promise<ChosenEngine> => {
    await webgpu?.dispose()
    return { backend: wasm, words: `WebAssembly; not WebGPU: ${why}` }
  }
  try {
    webgpu = await openWebGpu()
    const [expected, found] = [await checkedMaps(model, wasm), await checkedMaps(model, webgpu)]
    const pairs = expected.maps.map((map, i) => [map, found.maps[i] ?? new Float32Array(map.length)] as const)
    const apart = Math.max(...pairs.map(([map, other]) => mapAgreement(map, other).relative))
    // Of maps with values that are no numbers, the difference is none either.
    if (!(apart <= TOLERANCE))
      return await refuse(`its maps of a check image differ by ${significant(apart)} of their greatest value`)
    const times = `${fixed(found.milliseconds, 0)} ms for a check image, WebAssembly ${fixed(expected.milliseconds, 0)} ms`
    if (fastest && found.milliseconds > expected.milliseconds) return await refuse(`it is slower here, ${times}`)
    return {
      backend: webgpu,
      words: `WebGPU, ${times}; its maps differ by at most ${significant(apart)} of their greatest value`,
    }
  } catch (error) {
    return await refuse((error instanceof Error ? error.message : String(error)).slice(0, 200))
  }
}

interface Checked {
  readonly maps: readonly Float32Array[]
  /** Of a run of all of them, once they are compiled. */
  readonly milliseconds: number
}

async function checkedMaps(model: Model, backend: Backend): Promise<Checked> {
  const run = openModelRun(backend, model, 1)
  try {
    const image = {
      ids: ['check'],
      pixels: normalise(model.transformer.input, checkImage(model.transformer.input.imageSize)),
    }
    const methods = CHECKED.flatMap(choiceOf)
    const once = async () => [...(await run.explain(methods, image, 0, Int32Array.of(0))).maps.values()]
    await once()
    const began = performance.now()
    const maps = await once()
    return { maps: maps.flat(), milliseconds: performance.now() - began }
  } finally {
    await run.dispose()
  }
}

/** Red grows to the right and green downwards; blue is a board of squares of 32 pixels. */
function checkImage({ width, height }: Size) {
  const data = new Uint8Array(3 * width * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set([(255 * x) / width, (255 * y) / height, ((x >> 5) + (y >> 5)) % 2 ? 255 : 0], 3 * (y * width + x))
  return { width, height, data }
}
