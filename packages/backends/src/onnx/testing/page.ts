import * as ort from 'onnxruntime-web/wasm'
import { openOnnxWeb } from '../web.ts'

/** What a page does to run programs. */
export const backend = openOnnxWeb(ort, { threads: 1 })
