import { memoryBytes } from '../../checkpoint/bytes.ts'
import { explainableModel } from '../explainable-model.ts'
import { openOnnxFile } from '../file.ts'
import { importGraph } from '../graph.ts'
import { hostileFiles } from './hostile-files.ts'

// Run as a program by the test of hostile files: prints what became of each, as JSON.
const refused: Record<string, { name: string; message: string; milliseconds: number }> = {}
for (const [what, { bytes }] of Object.entries(hostileFiles)) {
  const file = memoryBytes('model.onnx', bytes())
  const start = process.cpuUsage()
  try {
    const graph = await importGraph(await openOnnxFile(file))
    explainableModel(graph, { mean: [0, 0, 0], std: [1, 1, 1], maxBatch: 1 })
  } catch (error) {
    const { user, system } = process.cpuUsage(start)
    const { name, message } = error instanceof Error ? error : { name: 'none', message: String(error) }
    refused[what] = { name, message, milliseconds: (user + system) / 1000 }
  }
}
process.stdout.write(JSON.stringify({ refused, memory: process.resourceUsage().maxRSS / 1024 }))
