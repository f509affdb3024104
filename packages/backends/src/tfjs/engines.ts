import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { engineFinder } from '../find-engine.ts'
import { locate, type NativeEngine, packages, RELEASE } from './native.ts'
import type { Finding } from './probe.ts'

const adding = (name: string): string =>
  `set "${name}" to true in allowBuilds of pnpm-workspace.yaml, so that its install script downloads the TensorFlow library, and run ` +
  `\`pnpm --filter @vitrine/backends add ${name}@${RELEASE}\``

/** The engines and how to get each. */
const how = {
  'node-gpu': `It needs Linux or Windows on x64, an NVIDIA GPU, CUDA 11.2 and cuDNN 8.1; ${adding(packages['node-gpu'])}.`,
  node: `On Linux x64, run \`pnpm tfjs:native\`, which builds it. Or ${adding(packages.node)}.`,
  wasm: 'It needs a runtime with WebAssembly; @tensorflow/tfjs-backend-wasm contains it.',
  cpu: '@tensorflow/tfjs-backend-cpu contains it.',
} as const satisfies Readonly<Record<NativeEngine | 'wasm' | 'cpu', string>>

export type Engine = keyof typeof how

export const engines = engineFinder<Engine>({
  backend: 'tfjs',
  how,
  preferred: ['node-gpu', 'node', 'wasm', 'cpu'],
  probe,
})

async function probe(engine: Engine): Promise<string | undefined> {
  if (engine === 'cpu') return undefined
  if (engine === 'wasm') return 'WebAssembly' in globalThis ? undefined : 'this runtime has no WebAssembly'
  return locate(engine) === undefined
    ? `${packages[engine]} is not installed`
    : reasonOf(engine, await probeNative(engine))
}

/** What a process ended with that was to run one op. */
export interface Ending {
  readonly stdout: string
  readonly exit: string
}

const SECONDS = 120

/** A broken library can end the process that loads it, so this is not the one. */
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

/** Why a native engine cannot be used, from the answer of its probe; undefined if it can. */
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
