import { readFileSync } from 'node:fs'
import { engineOf } from '@vitrine/records'
import type { Entry } from '../load/records.ts'

/** How far a method's maps are from those of other code, by engine: shares of the map's largest value, as docs/parity.md writes them. */
type Row = Readonly<Record<string, string>>

const document = new URL('../../../../../docs/parity.md', import.meta.url)
const engines: Readonly<Record<string, string>> = {
  'ONNX Runtime, cpu': 'onnx:cpu',
  'TensorFlow.js, wasm': 'tfjs:wasm',
}

/** The table of docs/parity.md, by method. */
export function parityTable(text = readFileSync(document, 'utf8')): ReadonlyMap<string, Row> {
  const lines = text.split('\n').filter(line => line.startsWith('|'))
  const cells = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim())
  const head = cells(lines[0] ?? '')
  return new Map(
    lines.slice(2).flatMap(line => {
      const row = cells(line)
      const id = /`([^`]+)`/.exec(row[0] ?? '')?.[1]
      const numbers = head.flatMap((name, i) => {
        const engine = engines[name]
        const number = row[i]?.split(' ')[0]
        return engine && number && /^\d/.test(number) ? [[engine, number] as const] : []
      })
      return id ? [[id, Object.fromEntries(numbers)] as const] : []
    }),
  )
}

const table = parityTable()

/** What a record's method was held against. */
const sources: Readonly<Record<string, { readonly badge: string; readonly what: string }>> = {
  authors: { badge: "authors' code", what: "the map of the authors' code" },
  library: { badge: 'library', what: 'the map of an independent library' },
  definition: { badge: 'definition', what: 'a map computed from the published definition alone' },
}

export interface Parity {
  /** `authors' code: 1e-6`. */
  readonly badge: string
  readonly title: string
}

/** What was tested of a method's maps: how far they are from whose, on the engine of the record where that was measured. */
export function parityOf(entry: Pick<Entry, 'method' | 'backend'>): Parity {
  const source = sources[String(entry.method.details?.parity)]
  if (!source) return { badge: 'not held against other code', title: 'No other code or definition was compared with' }
  const number = table.get(entry.method.id)?.[engineOf(entry)]
  return number === undefined
    ? { badge: source.badge, title: `Held against ${source.what}; not measured on ${engineOf(entry)}` }
    : {
        badge: `${source.badge}: ${number.replace(/e\+0$/, '').replace('e-', 'e−')}`,
        title: `Greatest difference from ${source.what}, as a share of the map's largest value, on a small random model and ${engineOf(entry)}`,
      }
}
