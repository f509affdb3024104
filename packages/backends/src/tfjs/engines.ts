import type { BackendFacts, Capabilities } from '../backend.ts'

/** The release of all TensorFlow.js packages: others register other kernels than @tensorflow/tfjs-core expects. */
export const RELEASE = '4.22.0'

/** Packages that run TensorFlow's C library. */
export const packages = { 'node-gpu': '@tensorflow/tfjs-node-gpu', node: '@tensorflow/tfjs-node' } as const

export type NativeEngine = keyof typeof packages

/** Engines without native code, which also run in a browser. */
export type PortableEngine = 'wasm' | 'cpu'

export type TfjsEngine = NativeEngine | PortableEngine

const adding = (name: string): string =>
  `set "${name}" to true in allowBuilds of pnpm-workspace.yaml, so that its install script downloads the TensorFlow library, and run ` +
  `\`npx -y pnpm@12 --filter @vitrine/backends add ${name}@${RELEASE}\``

const SINGLE: Capabilities = { precisions: ['single'], divisible: false, browser: false }

export const tfjs: BackendFacts<TfjsEngine> = {
  engines: {
    'node-gpu': {
      how: `It needs Linux or Windows on x64, an NVIDIA GPU, CUDA 11.2 and cuDNN 8.1; ${adding(packages['node-gpu'])}.`,
      capabilities: SINGLE,
    },
    node: {
      how: `On Linux x64, run \`npx -y pnpm@12 tfjs:native\`, which builds it. Or ${adding(packages.node)}.`,
      capabilities: SINGLE,
    },
    wasm: {
      how: 'It needs a runtime with WebAssembly; @tensorflow/tfjs-backend-wasm contains it.',
      capabilities: { ...SINGLE, browser: true },
    },
    cpu: { how: '@tensorflow/tfjs-backend-cpu contains it.', capabilities: { ...SINGLE, browser: true } },
  },
  preferred: ['node-gpu', 'node', 'wasm', 'cpu'],
}
