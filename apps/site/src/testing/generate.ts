import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type BenchRecord, readRecords, recordFile, recordId } from '@vitrine/records'

export interface Amount {
  readonly methods: number
  readonly models: number
  readonly engines: number
}

/**
 * Writes records made from published ones: each method of each new model on each new engine takes the numbers of a published
 * record of the same dataset and protocol, controls those of the same control. Returns how many there are.
 */
export function generateRecords(results: string, into: string, { methods, models, engines }: Amount): number {
  const published = [...readRecords(results)].filter(r => r.status === 'ok' && r.variant === null)
  const engine = published[0]?.backend
  const own = published.filter(r => r.backend.id === engine?.id && r.backend.engine === engine.engine)
  const boards = Map.groupBy(own, r => `${r.dataset.id} ${r.protocol.id}`)
  let written = 0
  for (const sources of boards.values()) {
    const controls = sources.filter(r => r.method.control)
    const others = sources.filter(r => !r.method.control)
    for (let model = 0; model < models; model++) {
      for (let number = 0; number < engines; number++) {
        for (let m = 0; m < methods; m++) {
          const source = controls[m] ?? others[m % others.length]
          if (!source) continue
          const control = m < controls.length
          write(into, {
            ...source,
            model: { ...source.model, id: `model-${model}`, name: `Model ${model}` },
            backend: { ...source.backend, engine: `cpu${number}` },
            method: {
              ...source.method,
              ...(!control && { id: `method-${m}`, name: `${source.method.name} ${m}` }),
            },
          })
          written++
        }
      }
    }
  }
  return written
}

/** Writes a record, with the id that fits it, where it belongs. */
export function write(into: string, record: BenchRecord): string {
  const file = join(into, recordFile(record))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify({ ...record, id: recordId(record) }))
  return file
}
