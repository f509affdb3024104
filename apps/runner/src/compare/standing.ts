import {
  type Asked,
  type Contender,
  headlines,
  imageValues,
  metrics,
  type PairedDifference,
  type Protocol,
  resampleDefaults,
  type StoredRecord,
  standings,
  thresholdSweep,
} from '@vitrine/metrics'
import { currentUnits, groupHash, groupKey, type Standing, type Store, type Unit } from '@vitrine/records'
import { methodLabel } from '../cli/text-table.ts'
import { readsTruth } from './ranking.ts'

/**
 * Makes the records of a store carry where they stand among the others of their group: all that is finished, has the same model, images,
 * engine, protocol and seed, and would be published. A group whose members are those that its standings name is left as it is.
 *
 * @param ids only groups that have one of these
 * @returns ids of the records whose standing changed
 */
export function standGroups(store: Store, ids?: readonly string[]): string[] {
  const asked = ids && new Set(ids)
  const ranked = currentUnits(store).filter(({ status, header }) => status === 'ok' && !readsTruth(header))
  // In an order of their names, so that a standing does not depend on what was asked for last.
  const named = ranked.toSorted((a, b) => (methodLabel(a.header) < methodLabel(b.header) ? -1 : 1))
  const groups = [...Map.groupBy(named, ({ header }) => groupKey(header)).values()]
  return groups.flatMap(group => {
    const hash = groupHash(group.map(({ id }) => id))
    if (asked && !group.some(({ id }) => asked.has(id))) return []
    if (group.every(unit => unit.group === hash)) return []
    for (const [id, ranking] of rankGroup(store, group))
      store.saveStanding(id, { group: hash, members: group.length, ...resampleDefaults, ...ranking })
    return group.map(({ id }) => id)
  })
}

type Ranking = Pick<Standing, 'metrics' | 'thresholdRanks'>

/** By the record's id, where it stands by each headline metric that it has values of, and by IoU at each threshold. */
function rankGroup(store: Store, group: readonly Unit[]): Map<string, Ranking> {
  const [first] = group
  const protocol = first?.header.protocol.choices as unknown as Protocol
  const questions = Object.entries(headlines(protocol, first?.header.thresholds ?? []))
  const rows = group.map(unit => ({ id: unit.id, ...valuesOf(store, unit, questions) }))
  const label = new Map(group.map(({ id, header }) => [id, methodLabel(header)]))
  const labelled = (id: string, { difference, interval }: PairedDifference) => ({
    method: label.get(id) ?? id,
    difference,
    interval,
  })

  const target = protocol.localization.targets[0] ?? 'predicted'
  const swept = new Map(thresholdSweep(rows, target).map(({ id, ranks }) => [id, ranks]))
  const found = new Map(
    group.map(({ id }): [string, Ranking] => [id, { thresholdRanks: [...(swept.get(id) ?? [])], metrics: {} }]),
  )
  for (const [i, [name, { metric }]] of questions.entries()) {
    const contenders = rows.flatMap(row => row.contenders[i] ?? [])
    for (const { id, rank, ranks, toBest, tiedWithBest, against } of standings(contenders, metrics[metric].direction)) {
      const own = found.get(id)?.metrics
      if (!own || rank === null || !toBest) continue
      own[name] = {
        rank,
        ranks,
        best: labelled(toBest.best, toBest),
        tiedWithBest,
        controls: against.map(({ control, beats, ...rest }) => ({ ...labelled(control, rest), beaten: beats })),
      }
    }
  }
  return found
}

/**
 * What a record competes with: its values, question by question, and the record without anything but counts per threshold. All else is read
 * here and dropped, since a group of large records fits no memory.
 */
function valuesOf(store: Store, { id, header }: Unit, questions: readonly [string, Asked][]) {
  const { columns, images } = store.images(id)
  const record: StoredRecord = { columns, thresholds: header.thresholds, protocol: header.protocol }
  const contenders = questions.map(
    ([, asked]): Contender => ({
      id,
      control: header.method.control,
      values: imageValues(record, asked) ?? images.id.map(() => null),
    }),
  )
  const counts = Object.entries(columns).filter(([name]) => name === 'correct' || name.startsWith('localization.'))
  return { contenders, record: { ...record, columns: Object.fromEntries(counts) } }
}
