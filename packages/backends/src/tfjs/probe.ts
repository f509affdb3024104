// Runs one op on the native engine named by the argument, in a process of its own.
import { backend, getBackend, setBackend } from '@tensorflow/tfjs-core'
import { packages } from './engines.ts'
import { loadNative, NATIVE } from './native.ts'
import { binary, number } from './values.ts'

/** What a probe prints as its last line. */
export type Finding =
  | { readonly kind: 'works'; readonly gpu: boolean }
  | { readonly kind: 'fails'; readonly code: string; readonly message: string }

async function probe(): Promise<Finding> {
  const engine = process.argv[2] === 'node-gpu' ? 'node-gpu' : 'node'
  try {
    await loadNative(engine)
    await setBackend(NATIVE)
    const [sum] = binary('Add', number(1), number(2)).dataSync()
    if (sum !== 3 || getBackend() !== NATIVE) throw new Error(`${packages[engine]} answers 1 + 2 = ${sum}`)
    return { kind: 'works', gpu: usesGpu() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return { kind: 'fails', code, message: error instanceof Error ? error.message : String(error) }
  }
}

/** Whether the engine that is set computes on a GPU: the GPU package also runs on a library without CUDA. */
function usesGpu(): boolean {
  const current = backend()
  return 'isUsingGpuDevice' in current && current.isUsingGpuDevice === true
}

if (import.meta.main) console.log(JSON.stringify(await probe()))
