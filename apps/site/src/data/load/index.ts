import { engineOf } from '@vitrine/records'
import { type Board, boardsOf } from '../boards/boards.ts'
import { type MapSet, mapSetsOf } from '../maps/maps.ts'
import { type Changed, lastChanges } from '../source/source.ts'
import { type Method, methodOf } from '../words/methods.ts'
import { type Entry, loadEntries } from './records.ts'

export interface Site {
  readonly entries: readonly Entry[]
  /** Ids of the records. */
  readonly published: ReadonlySet<string>
  readonly boards: readonly Board[]
  /** The one on the front page. */
  readonly front: Board
  /** When each record file was last changed, by its absolute path. */
  readonly changed: ReadonlyMap<string, Changed>
  readonly sets: readonly MapSet[]
  /** By their names. */
  readonly methods: readonly Method[]
}

let loaded: Promise<Site> | undefined

/** Everything that pages and files are made from, read once. */
export function loadSite(): Promise<Site> {
  loaded ??= load(process.env.VITRINE_RESULTS ?? 'results')
  return loaded
}

async function load(dir: string): Promise<Site> {
  const entries = bothWays(await loadEntries(dir))
  const boards = boardsOf(entries)
  const [front] = boards.toSorted(byProminence)
  if (!front) throw new Error(`[vitrine] [site] ${dir}: expected records, got none`)
  const methods = [...new Map(entries.map(entry => [entry.method.id, methodOf(entry)])).values()]
  methods.sort((a, b) => a.name.localeCompare(b.name, 'en'))
  return {
    entries,
    published: new Set(entries.map(({ id }) => id)),
    boards,
    front,
    changed: lastChanges(dir),
    sets: await mapSetsOf(boards),
    methods,
  }
}

/** A record carries its agreement with the engines named before its own; here each also knows those that were named after. */
function bothWays(entries: readonly Entry[]): Entry[] {
  const later = Map.groupBy(
    entries.flatMap(entry =>
      entry.agreement.map(({ record, summary }) => ({
        of: record,
        engine: engineOf(entry),
        record: entry.id,
        summary,
      })),
    ),
    one => one.of,
  )
  return entries.map(entry => {
    const others = later.get(entry.id) ?? []
    return { ...entry, agreement: [...entry.agreement, ...others.map(({ of: _, ...one }) => one)] }
  })
}

/** The standard protocol first, then the most methods, then the most images. */
function byProminence(a: Board, b: Board): number {
  const standard = ({ setting }: Board) => Number(setting.protocol === 'standard')
  return (
    standard(b) - standard(a) ||
    b.done.length - a.done.length ||
    b.images.index.length - a.images.index.length ||
    a.path.length - b.path.length ||
    (a.path < b.path ? -1 : 1)
  )
}
