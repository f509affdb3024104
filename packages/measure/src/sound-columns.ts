import {
  columnName,
  groupVersions,
  type MetricGroup,
  metricGroups,
  type Protocol,
  registry,
  targets,
  targetsOfGroup,
} from '@vitrine/metrics'
import { type BenchRecord, RecordError } from '@vitrine/records/record'
import { protocolOf, unreadableIn } from './columns.ts'

/** What cells of a column are where the image's state is `ok`. */
interface Shape {
  readonly expected: string
  readonly is: (cell: unknown) => boolean
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0
const isList = (value: unknown, is: (item: unknown) => boolean): value is readonly unknown[] =>
  Array.isArray(value) && value.every(is)

const count: Shape = { expected: 'a count', is: isCount }
const counts = (length: number): Shape => ({
  expected: `${length} counts, one for each threshold`,
  is: cell => isList(cell, isCount) && cell.length === length,
})
const curve = (length: number): Shape => ({
  expected: `${length} numbers, one for each step`,
  is: cell => isList(cell, isNumber) && cell.length === length,
})
const value: Shape = { expected: 'a number or null', is: cell => cell === null || isNumber(cell) }
const path: Shape = { expected: 'a list of numbers', is: cell => isList(cell, value.is) }

/** The columns that metrics of a group are read from. */
const partsOf: { readonly [G in MetricGroup]: (record: BenchRecord) => Readonly<Record<string, Shape>> } = {
  localization: ({ thresholds: { length } }) =>
    Object.fromEntries(['tp', 'fp', 'fn', 'tn'].map(part => [part, counts(length)])),
  faithfulness: record => {
    const { length } = protocolOf(record).faithfulness.steps
    return { morf: curve(length), lerf: curve(length) }
  },
  frozen: () => ({ probability: path, similarity: path }),
  pointing: record => valuesOf('pointing', record),
  texture: record => valuesOf('texture', record),
  diffusion: record => valuesOf('diffusion', record),
  discrimination: record => valuesOf('discrimination', record),
  effects: record => valuesOf('effects', record),
  objects: record => valuesOf('objects', record),
  coherence: record => valuesOf('coherence', record),
  benchmarks: record => ({
    ...valuesOf('benchmarks', record),
    ...Object.fromEntries(['tp', 'fp', 'fn', 'tn'].map(part => [part, count])),
    'box-iou': path,
  }),
  complexity: record => valuesOf('complexity', record),
  completeness: record => valuesOf('completeness', record),
  mosaic: record => valuesOf('mosaic', record),
  robustness: record => valuesOf('robustness', record),
  randomisation: record => valuesOf('randomisation', record),
  insertion: record => valuesOf('insertion', record),
  'soft-mask': record => valuesOf('soft-mask', record),
}

/** A value of each metric. Under an earlier version there may have been fewer metrics. */
function valuesOf(group: MetricGroup, { versions, columns }: BenchRecord): Record<string, Shape> {
  const ids = registry[group].map(({ id }) => id)
  const isThere = (id: string) => targets.some(target => `${group}.${target}.${id}` in columns)
  const known = versions[group] === groupVersions[group] ? ids : ids.filter(isThere)
  return Object.fromEntries(known.map(id => [id, value]))
}

/** Only images of two objects have what tells classes apart, only scenes are rendered without a thing, and only some methods claim completeness. */
const someOnly: readonly MetricGroup[] = ['discrimination', 'objects', 'completeness']

/** Whether the choices of a protocol are there that say which columns a record has. */
const hasChoices = ({ localization, faithfulness, diagnostics }: Partial<Protocol>): boolean =>
  [localization?.targets, faithfulness?.targets, diagnostics ? diagnostics.targets : []].every(asked =>
    isList(asked, target => targets.some(known => known === target)),
  ) && isList(faithfulness?.steps, isNumber)

/**
 * Whether the columns of a record are those that its protocol and its versions say, with cells that numbers can be computed from. A file may be
 * damaged, or made by a stranger.
 *
 * @param file how to name it in the error
 * @throws {RecordError} with the first column at fault
 */
export function expectSoundColumns(record: BenchRecord, file?: string): void {
  if (record.status !== 'ok') return
  const { columns, versions, images } = record
  const fail = (field: string, expected: string, found: unknown): never => {
    const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 60)
    throw new RecordError({ ...(file !== undefined && { file }), field, expected, found: shown })
  }
  const expectCells = (name: string, { expected, is }: Shape, of: readonly number[]) => {
    const field = `columns["${name}"]`
    const column = columns[name] ?? fail(field, 'a column', undefined)
    for (const i of of) if (!is(column[i])) fail(`${field}[${i}]`, expected, column[i])
  }
  const protocol = protocolOf(record)
  if (!hasChoices(protocol)) fail('protocol.choices', 'classes and steps of a protocol', protocol)
  const unreadable = new Set(unreadableIn(columns).map(({ at }) => at))
  const read = [...images.id.keys()].filter(i => !unreadable.has(i))
  if (read.length === 0) return
  expectCells('correct', { expected: 'true or false', is: cell => typeof cell === 'boolean' }, read)
  for (const group of metricGroups.filter(name => Object.hasOwn(versions, name)))
    for (const target of targetsOfGroup(protocol, group)) {
      const state = columnName(group, target, 'state')
      if (!someOnly.includes(group))
        expectCells(state, { expected: 'a state', is: cell => typeof cell === 'string' }, read)
      const ok = read.filter(i => columns[state]?.[i] === 'ok')
      if (ok.length === 0) continue
      for (const [part, shape] of Object.entries(partsOf[group](record)))
        expectCells(columnName(group, target, part), shape, ok)
    }
}
