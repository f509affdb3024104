import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { engineFinder } from '../find-engine.ts'
import { type NativeEngine, packages, type TfjsEngine, tfjs } from './engines.ts'
import { locate } from './native.ts'
import type { Finding } from './probe.ts'

export const findEngine = engineFinder<TfjsEngine>('tfjs', tfjs, probe)

async function probe(engine: TfjsEngine): Promise<string | undefined> {
  if (engine === 'cpu') return undefined
  if (engine === 'wasm') return 'WebAssembly' in globalThis ? undefined : 'this runtime has no WebAssembly'
  return locate(engine) === undefined
    ? `${packages[engine]} is not installed`
    : reasonOf(engine, await probeNative(engine))
}

/** How the process ended that was started to run one op. */
export interface Ending {
  readonly stdout: string
  readonly exit: string
}

const SECONDS = 120

/** Runs one op in a process of its own, because a broken library can end the process that loads it. */
function probeNative(engine: NativeEngine): Promise<Ending> {
  const script = fileURLToPath(new URL('probe.ts', import.meta.url))
  return new Promise(resolve => {
    execFile(process.execPath, [script, engine], { timeout: SECONDS * 1000 }, (error, stdout) => {
      const exit = error?.killed
        ? `was silent for ${SECONDS} seconds`
        : error?.signal
          ? `was ended by ${error.signal}`
          : `ended with exit code ${error?.code ?? 0}`
      resolve({ stdout, exit })
    })
  })
}

/** Why a native engine cannot be used, from how its probe ended; undefined if it can. */
export function reasonOf(engine: NativeEngine, { stdout, exit }: Ending): string | undefined {
  const name = packages[engine]
  const finding = findingIn(stdout)
  if (!finding) return `a process that loads ${name} ${exit}`
  if (finding.kind === 'works')
    return engine === 'node-gpu' && !finding.gpu
      ? `${name} runs, but on the CPU: its library has no CUDA, or it finds no GPU`
      : undefined
  const message = finding.message.trim().replace(/\s+/g, ' ')
  if (/native addon module .* can not be found/.test(message)) return `${name} is installed without its native addon`
  if (finding.code === 'ERR_DLOPEN_FAILED') return `the TensorFlow library of ${name} cannot be loaded: ${message}`
  return message
}

function findingIn(stdout: string): Finding | undefined {
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  } catch {
    return undefined
  }
}
