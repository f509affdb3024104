import { type Asked, imageValues, metrics, neighboursToldApart, type Standing, standings } from '@vitrine/metrics'
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

const contendersOf = (group: readonly BenchRecord[], measure: Measure) =>
  group.map(r => ({
    id: r.id,
    control: r.method.control,
    values: imageValues(r, measure) ?? r.images.id.map(() => null),
  }))

/** Ranks the finished records of one group: same model, dataset, backend and protocol. */
export function rank(group: readonly BenchRecord[], measure: Measure): Ranking {
  const done = group.filter(r => r.status === 'ok' && !readsTruth(r))
  const ranked = standings(contendersOf(done, measure), metrics[measure.metric].direction)
  return {
    measure,
    standings: new Map(ranked.map(standing => [standing.id, standing])),
    names: new Map(done.map(r => [r.id, methodLabel(r)])),
  }
}

/** How far rankings of the methods are resolved, controls left out: `3 of 57 by IoU at 0.5`; empty where there are no two methods. */
export function toldApart(group: readonly BenchRecord[], measures: readonly Measure[]): string[] {
  const methods = group.filter(r => r.status === 'ok' && !r.method.control)
  const found = measures.flatMap(measure => {
    const { direction } = metrics[measure.metric]
    const { toldApart, neighbours } = neighboursToldApart(standings(contendersOf(methods, measure), direction))
    return neighbours === 0 ? [] : [`${toldApart} of ${neighbours} by ${measure.name}`]
  })
  return found.length === 0 ? [] : [`Neighbours in the ranking of methods that are told apart: ${found.join(', ')}`]
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
