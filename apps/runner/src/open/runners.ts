import { openBackend } from '@vitrine/backends/node'
import { besideForeign } from '@vitrine/backends/onnx'
import { openForeignSession } from '@vitrine/backends/onnx-node'
import type { OpenRunners } from '@vitrine/models'

/** What an exported model is held against when it is first opened: its own file in ONNX Runtime, and its program there too. */
export const openRunners: OpenRunners = async (path, input, weights) => {
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  const session = await openForeignSession(path)
  return {
    ...besideForeign(session, input, backend, weights),
    async dispose() {
      await session.dispose()
      await backend.dispose()
    },
  }
}
