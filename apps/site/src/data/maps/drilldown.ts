import { hash32 } from '@vitrine/explainers/run'
import type { EncodedMap, JsonObject } from '@vitrine/records'
import { once } from '../load/once.ts'
import { wholeRecord } from '../load/whole-record.ts'
import { ZERO } from '../words/removal.ts'
import { type MapSet, mapAt } from './maps.ts'
import { meanColour, type Rgb } from './mean-colour.ts'
import { inputSize } from './pictures.ts'
import { BUNDLED_HASH, isBundled, MODEL } from './playground.ts'

/** Probability of the explained class at each step. */
export interface StoredCurves {
  readonly morf: readonly number[]
  readonly lerf: readonly number[]
}

/** What a browser needs to compute an image's maps again; paths below the site's root. */
export interface RunsHere {
  readonly weights: string
  readonly config: string
  /** The image without loss. */
  readonly picture: string
}

/** What the page of one image draws from. */
export interface ImageData {
  readonly id: string
  readonly width: number
  readonly height: number
  readonly src: string | null
  /** `null` where the model is not part of this site. */
  readonly runsHere: RunsHere | null
  /** The colour of pixels that are taken away; `null` where it is not known. */
  readonly removed: Rgb | null
  readonly label: number
  readonly predicted: number
  /** Of another object than the labelled one, where there is one. */
  readonly other: number | null
  readonly classNames: Readonly<Record<number, string>>
  readonly objects: readonly {
    readonly label: number
    readonly box: readonly [number, number, number, number]
    readonly runs: readonly number[] | null
  }[]
  readonly protocols: readonly {
    readonly id: string
    readonly choices: JsonObject
    readonly thresholds: readonly number[]
  }[]
  /** 32-bit seed of the order among equal pixels. */
  readonly tieSeed: number
  readonly targets: readonly string[]
  readonly rows: readonly {
    readonly row: string
    readonly name: string
    readonly control: boolean
    /** The method's id where a browser can compute it as it was measured; else empty. */
    readonly bundled: string
    /** Whether two float32 computations of its maps may differ visibly. */
    readonly unstable: boolean
    readonly signed: boolean
    readonly scale: 'relative' | 'unit'
    readonly maps: Readonly<Record<string, EncodedMap>>
    /** By protocol, then by the explained class. */
    readonly curves: Readonly<Record<string, Readonly<Record<string, StoredCurves>>>>
    /** Pages of its records, by protocol. */
    readonly records: Readonly<Record<string, string>>
  }[]
}

type ByTarget = Record<string, (StoredCurves | null)[]>
/** The stored curves of every record behind a set, by the record's slug, then by the class: read once. */
const curvesOf = once(
  (set: MapSet): ReadonlyMap<string, ByTarget> =>
    new Map(
      set.boards.flatMap(board =>
        board.done.map((entry): [string, ByTarget] => {
          const { columns } = wholeRecord(entry.file)
          const list = (name: string) => columns[name] as (number[] | null)[] | undefined
          const of = set.targets.flatMap(target => {
            const [morf, lerf] = [list(`faithfulness.${target}.morf`), list(`faithfulness.${target}.lerf`)]
            if (!morf || !lerf) return []
            return [[target, morf.map((m, i) => (m && lerf[i] ? { morf: m, lerf: lerf[i] } : null))]]
          })
          return [entry.slug, Object.fromEntries(of)]
        }),
      ),
    ),
)

/** Boards whose protocols the page can draw: with thresholds, and with curves that set pixels to zero. */
const drawnBoards = ({ boards }: MapSet) =>
  boards.filter(
    ({ setting, measures }) =>
      setting.removal === ZERO && measures.some(({ metric }) => metric.group === 'localization'),
  )

/** Gathers what the page of image `i` of a set needs. */
export async function imageData(set: MapSet, i: number): Promise<ImageData> {
  const { images, album } = set
  const picture = await album.picture(images.id[i] ?? '')
  const [label, predicted] = [images.label[i] ?? 0, images.predicted[i] ?? 0]
  const other = picture?.objects.find(o => o.label !== label)?.label ?? null
  const targets = set.targets.filter(target => target !== 'other' || other !== null)
  const classes = new Set([label, predicted, ...(picture?.objects.map(o => o.label) ?? [])])
  const curves = curvesOf(set)
  const size = set.entries[0] && inputSize(set.entries[0])
  const boards = drawnBoards(set)
  return {
    id: images.id[i] ?? '',
    width: picture?.width ?? size?.width ?? 224,
    height: picture?.height ?? size?.height ?? 224,
    src: picture?.path ?? null,
    runsHere: picture && set.entries[0]?.model.hash === BUNDLED_HASH ? { ...MODEL, picture: picture.exact.path } : null,
    removed: set.entries[0] ? await meanColour(set.entries[0].model) : null,
    label,
    predicted,
    other,
    classNames: Object.fromEntries([...classes].map(c => [c, album.classNames[c] ?? `class ${c}`])),
    objects: picture?.objects.map(({ label, box, runs }) => ({ label, box, runs })) ?? [],
    protocols: boards.flatMap(({ setting, entries: [first], thresholds }) =>
      first ? [{ id: setting.protocol, choices: first.protocol.choices, thresholds }] : [],
    ),
    tieSeed: hash32(`${set.entries[0]?.seed} ${images.id[i]}`),
    targets,
    rows: set.entries.map((entry, m) => {
      const method = set.methods[m]
      const records = boards.flatMap(board =>
        board.done.filter(e => e.row === entry.row).map(e => [board.setting.protocol, e.slug] as const),
      )
      const maps = targets.flatMap(target => {
        const map = mapAt(entry, i, target)
        return map ? [[target, map] as const] : []
      })
      return {
        row: entry.row,
        name: method?.name ?? entry.row,
        control: entry.method.control,
        bundled: entry.row === entry.method.id && !entry.ceiling && isBundled(entry.method.id) ? entry.method.id : '',
        unstable: method?.unstable ?? false,
        signed: method?.signed ?? false,
        scale: method?.scale ?? 'relative',
        maps: Object.fromEntries(maps),
        records: Object.fromEntries(records),
        curves: Object.fromEntries(
          records.map(([protocol, slug]) => [
            protocol,
            Object.fromEntries(
              Object.entries(curves.get(slug) ?? {}).flatMap(([target, list]) => {
                const found = list[i]
                return found ? [[target, found]] : []
              }),
            ),
          ]),
        ),
      }
    }),
  }
}
