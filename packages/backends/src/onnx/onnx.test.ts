import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open.ts'

conformance('onnx:cpu', () => openBackend('onnx:cpu', { threads: 2 }))
