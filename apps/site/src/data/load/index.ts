import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { engineOf } from '@vitrine/records'
import { type Board, boardsOf } from '../boards/boards.ts'
import { type MapSet, mapSetsOf } from '../maps/maps.ts'
import { type Changed, lastChanges } from '../source/source.ts'
import { type Method, methodOf } from '../words/methods.ts'
import { ZERO } from '../words/removal.ts'
import { type Entry, loadEntries } from './records.ts'

export interface Site {
  readonly entries: readonly Entry[]
  /** Ids of the records. */
  readonly published: ReadonlySet<string>
  readonly boards: readonly Board[]
  /** Boards whose numbers were replaced, kept as they were: nothing but their own pages and records shows them. */
  readonly retired: readonly RetiredBoard[]
  /** The one on the front page. */
  readonly front: Board
  /** When each record file was last changed, by its absolute path. */
  readonly changed: ReadonlyMap<string, Changed>
  readonly sets: readonly MapSet[]
  /** By their names. */
  readonly methods: readonly Method[]
}

/** A board as it was until some day, kept at an address that the day ends. */
export interface RetiredBoard {
  readonly day: string
  readonly board: Board
}

let loaded: Promise<Site> | undefined

/** Everything that pages and files are made from, read once. */
export function loadSite(): Promise<Site> {
  const dir = process.env.VITRINE_RESULTS ?? 'results'
  loaded ??= load(dir, process.env.VITRINE_RETIRED ?? join(dir, '../retired'))
  return loaded
}

/** The boards of every folder of `root` that is named by a day, each such folder being what `results` was then. */
async function retiredBoards(root: string): Promise<RetiredBoard[]> {
  const days = existsSync(root) ? readdirSync(root).filter(name => /^\d{4}-\d\d-\d\d$/.test(name)) : []
  const found: RetiredBoard[] = []
  for (const day of days.sort()) {
    const boards = boardsOf(await loadEntries(join(root, day)))
    found.push(...boards.map(board => ({ day, board: { ...board, path: `${board.path}.${day}` } })))
  }
  return found
}

async function load(dir: string, retiredRoot: string): Promise<Site> {
  const entries = bothWays(await loadEntries(dir))
  const boards = boardsOf(entries)
  const [front] = boards.toSorted(byProminence)
  if (!front) throw new Error(`[vitrine] [site] ${dir}: expected records, got none`)
  const retired = await retiredBoards(retiredRoot)
  const all = [...retired.flatMap(({ board }) => board.entries), ...entries]
  // A method is what it is with its defaults, where it was measured with them.
  const named = all.toSorted((a, b) => Number(a.row === a.method.id) - Number(b.row === b.method.id))
  const methods = [...new Map(named.map(entry => [entry.method.id, methodOf(entry)])).values()]
  methods.sort((a, b) => a.name.localeCompare(b.name, 'en'))
  return {
    entries: all,
    retired,
    published: new Set(entries.map(({ id }) => id)),
    boards,
    front,
    changed: new Map([...lastChanges(retiredRoot), ...lastChanges(dir)]),
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

/** The standard protocol and its usual removal first, then the most explanations: methods times images. */
function byProminence(a: Board, b: Board): number {
  const explained = ({ done, images }: Board) => done.length * images.index.length
  const standard = ({ setting }: Board) => Number(setting.protocol === 'standard') + Number(setting.removal === ZERO)
  return (
    standard(b) - standard(a) ||
    explained(b) - explained(a) ||
    a.path.length - b.path.length ||
    (a.path < b.path ? -1 : 1)
  )
}
