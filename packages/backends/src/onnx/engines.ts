import type { BackendFacts, Capabilities, EngineFacts } from '../backend.ts'

/** An execution provider of ONNX Runtime. */
interface Provider extends EngineFacts {
  /** Whether it has the kernels of `fused.ts`, which ONNX Runtime wrote for processors and for float32. */
  readonly fuses: boolean
  /** Variables that its native libraries read when they are loaded. */
  readonly environment?: Readonly<Record<string, string>>
}

const PROCESSOR: Capabilities = { precisions: ['single', 'double'], divisible: false, browser: false }
const DEVICE: Capabilities = { precisions: ['single'], divisible: false, browser: false }

export const providers = {
  cpu: {
    how: 'It is part of onnxruntime-node for Windows, macOS and Linux on x64 and arm64.',
    capabilities: { ...PROCESSOR, divisible: true },
    fuses: true,
  },
  cuda: {
    how:
      'It needs Linux x64, an NVIDIA GPU, CUDA 12 and cuDNN 9. The package leaves the provider out: allow the build script of ' +
      'onnxruntime-node (allowBuilds in pnpm-workspace.yaml) and install with ONNXRUNTIME_NODE_INSTALL=cuda12 set.',
    capabilities: DEVICE,
    fuses: false,
    // Without this, products are rounded to the 10-bit mantissas of TF32.
    environment: { NVIDIA_TF32_OVERRIDE: '0' },
  },
  dml: {
    how: 'DirectML needs Windows 10 or later and a DirectX 12 GPU; onnxruntime-node for Windows contains it.',
    capabilities: DEVICE,
    fuses: false,
  },
  coreml: {
    how: 'It needs macOS on Apple silicon; onnxruntime-node for macOS contains it.',
    capabilities: DEVICE,
    fuses: false,
  },
  webgpu: {
    how: 'onnxruntime-node contains it; it needs a GPU with a Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS) driver.',
    capabilities: { ...DEVICE, browser: true },
    fuses: false,
  },
  wasm: {
    how: 'It needs onnxruntime-web, which a page hands to openOnnxWeb of @vitrine/backends/onnx-web.',
    capabilities: { ...PROCESSOR, browser: true },
    fuses: true,
  },
} as const satisfies Readonly<Record<string, Provider>>

export type OnnxEngine = keyof typeof providers

/** The settings of one provider, under the type that all have. */
export const providerOf = (engine: OnnxEngine): Provider => providers[engine]

export const onnx: BackendFacts<OnnxEngine> = {
  engines: providers,
  // Only engines that compute in float32 and run nearly all ops themselves.
  preferred: ['cuda', 'cpu'],
}
