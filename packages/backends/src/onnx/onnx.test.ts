import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open.ts'

conformance('onnx:cpu', () => openBackend('onnx:cpu', { threads: 2 }))
// The only error left is the rounding of results to float32, 6e-8.
conformance('onnx:cpu in double', () => openBackend('onnx:cpu', { threads: 2, precision: 'double' }), {
  tolerance: 1e-7,
  programs: 100,
})
