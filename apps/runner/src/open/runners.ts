import { openBackend } from '@vitrine/backends/node'
import { openForeignSession } from '@vitrine/backends/onnx-node'
import type { OpenRunners } from '@vitrine/models'

/** What an exported model is held against when it is first opened: its own file in ONNX Runtime, and its program there too. */
export const openRunners: OpenRunners = async (path, input, weights) => {
  const backend = await openBackend('onnx:cpu', { threads: 1 })
  const session = await openForeignSession(path)
  return {
    file: image => session.run({ [input]: image }),
    inside: (image, names) => session.inside(names, { [input]: image }),
    async program(program, inputs) {
      const executable = await backend.compile(program, weights)
      try {
        return await executable.run(inputs)
      } finally {
        await executable.dispose()
      }
    },
    async dispose() {
      await session.dispose()
      await backend.dispose()
    },
  }
}
