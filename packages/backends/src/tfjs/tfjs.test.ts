import { conformance } from '../conformance/index.ts'
import { openBackend } from '../open.ts'

conformance('tfjs:wasm', () => openBackend('tfjs:wasm'))
conformance('tfjs:cpu', () => openBackend('tfjs:cpu'))
