import { type Asked, imageValues, metrics, type Standing, standings } from '@vitrine/metrics'
import type { BenchRecord } from '@vitrine/records'
import { methodLabel, readsTruth } from '@vitrine/records/record'

/** A metric by which the methods of a group are ranked. */
export interface Measure extends Asked {
  readonly name: string
}

export interface Ranking {
  readonly measure: Measure
  /** By the record's id; a method that is told the truth competes with nobody and has none. */
  readonly standings: ReadonlyMap<string, Standing>
  /** Names by the record's id. */
  readonly names: ReadonlyMap<string, string>
}

/** Ranks the finished records of one group: same model, dataset, backend and protocol. */
export function rank(group: readonly BenchRecord[], measure: Measure): Ranking {
  const done = group.filter(r => r.status === 'ok' && !readsTruth(r))
  const contenders = done.map(r => ({
    id: r.id,
    control: r.method.control,
    values: imageValues(r, measure) ?? r.images.id.map(() => null),
  }))
  const ranked = standings(contenders, metrics[measure.metric].direction)
  return {
    measure,
    standings: new Map(ranked.map(standing => [standing.id, standing])),
    names: new Map(done.map(r => [r.id, methodLabel(r)])),
  }
}

/** Which methods do not beat every control by more than chance, in words. */
export function againstControls({ measure, standings: ranked, names }: Ranking): string[] {
  const all = [...ranked.values()]
  const methods = all.filter(s => !s.control && s.mean !== null)
  const controls = all.filter(s => s.control && s.mean !== null)
  if (methods.length === 0 || controls.length === 0) return []
  const named = (ids: readonly string[]) => ids.map(id => names.get(id) ?? id).join(', ')
  const short = methods.filter(s => s.notBeaten.length > 0)
  if (short.length === 0) return [`${measure.name}: every method beats every control.`]
  return [
    `${measure.name}: ${short.map(s => `${named([s.id])} does not beat ${named(s.notBeaten)}`).join('; ')} (95 % of the paired differences).`,
  ]
}
