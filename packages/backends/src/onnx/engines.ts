import { env, InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node'
import { engineFinder } from '../find-engine.ts'
import { newGraph } from './graph.ts'

/** One execution provider of ONNX Runtime. */
interface Provider {
  /** What a machine needs for it, and where the library comes from. */
  readonly how: string
  /** Variables that its libraries read when they are loaded. */
  readonly environment?: Readonly<Record<string, string>>
}

const providers = {
  cpu: { how: 'It is part of onnxruntime-node for Windows, macOS and Linux on x64 and arm64.' },
  cuda: {
    how:
      'It needs Linux x64, an NVIDIA GPU, CUDA 12 and cuDNN 9. The package leaves the provider out: allow the build script of ' +
      'onnxruntime-node (allowBuilds in pnpm-workspace.yaml) and install with ONNXRUNTIME_NODE_INSTALL=cuda12 set.',
    // Otherwise products are rounded to the 10-bit mantissas of TF32.
    environment: { NVIDIA_TF32_OVERRIDE: '0' },
  },
  dml: { how: 'DirectML needs Windows 10 or later and a DirectX 12 GPU; onnxruntime-node for Windows contains it.' },
  coreml: { how: 'It needs macOS on Apple silicon; onnxruntime-node for macOS contains it.' },
  webgpu: {
    how: 'onnxruntime-node contains it; it needs a GPU with a Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS) driver.',
  },
} as const satisfies Readonly<Record<string, Provider>>

export type Engine = keyof typeof providers

/** Without a name, of those that neither round to half precision nor leave many ops to the CPU, the best one here. */
export const engines = engineFinder<Engine>({
  backend: 'onnx',
  how: {
    cpu: providers.cpu.how,
    cuda: providers.cuda.how,
    dml: providers.dml.how,
    coreml: providers.coreml.how,
    webgpu: providers.webgpu.how,
  },
  preferred: ['cuda', 'cpu'],
  probe,
})

async function probe(engine: Engine): Promise<string | undefined> {
  // ONNX Runtime logs what it throws as well.
  env.logLevel = 'fatal'
  if (!listSupportedBackends().some(({ name }) => name === engine))
    return `onnxruntime-node ${env.versions.node} for ${process.platform} ${process.arch} is built without it`
  const { environment = {} }: Provider = providers[engine]
  for (const [name, value] of Object.entries(environment)) process.env[name] ??= value
  const graph = newGraph()
  const x = graph.input('x', 'float', [2, 2])
  graph.output(graph.op('MatMul', [x, x]), 'float', [2, 2])
  try {
    const session = await InferenceSession.create(graph.encode(), {
      executionProviders: [engine],
      logSeverityLevel: 4,
      // Without this ONNX Runtime gives what a provider refuses to the CPU and says nothing.
      extra: engine === 'cpu' ? {} : { session: { disable_cpu_ep_fallback: '1' } },
    })
    await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) })
    await session.release()
    return undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // The condition that failed in ONNX Runtime's source stands before what it means.
    return message
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/^.* was (?:true|false)\. /, '')
  }
}
