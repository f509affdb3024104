import { columnName } from '../columns.ts'
import type { PathValues } from '../frozen/path-values.ts'
import { nearestThreshold, percent } from '../numbers.ts'
import type { Path, Protocol } from '../protocol.ts'
import type { Target } from '../types.ts'
import { imageValues, type StoredRecord } from './image-values.ts'
import type { ImageValues } from './resample.ts'

export type PatternId = 'texture' | 'diffusion' | 'frozen' | 'discrimination' | 'threshold'

/** A record with what the sentences name. */
export interface IllustratedRecord extends StoredRecord {
  readonly images: {
    readonly id: readonly string[]
    readonly label: readonly number[]
    readonly predicted: readonly number[]
  }
}

/** One image on which a method fails, and what to see there. */
export interface Failure {
  /** Position in the record. */
  readonly image: number
  readonly value: number
  readonly sentence: string
  /** The step at which a map stayed the same. */
  readonly step?: { readonly kind: Path['kind']; readonly amount: number }
}

interface Facts {
  readonly record: IllustratedRecord
  readonly image: number
  readonly value: number
  /** Name of the explained class. */
  readonly object: string
}

/** A way in which maps fail, and the number by which images are sorted. */
export interface Pattern {
  readonly id: PatternId
  readonly title: string
  /** What the pattern is, for somebody who sees it for the first time. */
  readonly question: string
  /** The class whose map shows it. */
  readonly target: Target
  /** Short name of the number. */
  readonly number: string
  readonly worst: 'greatest' | 'least'
  /** Per image; `null` if the record does not have what is needed. */
  values(record: IllustratedRecord): ImageValues | null
  sentence(facts: Facts): string
}

const two = (value: number): string => value.toFixed(2)

/** Every step of the paths, in the order in which they are stored; the image itself first. */
const stepsOf = (protocol: Protocol) =>
  (protocol.diagnostics?.paths ?? []).flatMap(({ kind, steps }) => steps.map(amount => ({ kind, amount })))

function pathOf({ columns }: IllustratedRecord, image: number): PathValues | null {
  const [probability, similarity] = (['probability', 'similarity'] as const).map(
    part => columns[columnName('frozen', 'predicted', part)]?.[image],
  )
  if (!Array.isArray(probability) || !Array.isArray(similarity)) return null
  return { probability, similarity }
}

/** The step with the most similar map among those where the confidence has fallen. */
function frozenStep(record: IllustratedRecord, image: number) {
  const protocol = record.protocol.choices as Protocol
  const path = pathOf(record, image)
  const [before] = path?.probability ?? []
  const rules = protocol.diagnostics
  if (!path || before === undefined || !rules) return null
  const { fall } = rules
  const fallen = stepsOf(protocol).flatMap((step, i) => {
    const [after, similarity] = [path.probability[i + 1], path.similarity[i + 1] ?? null]
    if (after === undefined || similarity === null || after >= (1 - fall) * before) return []
    return [{ ...step, before, after, similarity }]
  })
  return fallen.toSorted((a, b) => b.similarity - a.similarity)[0] ?? null
}

const causes: { readonly [Kind in Path['kind']]: (amount: number, occluder: unknown) => string } = {
  removal: share => `Taking away the ${percent(share)} of the pixels that the map ranks highest`,
  noise: deviation => `Noise of ${deviation} standard deviations of the input`,
  blur: sigma => `A blur of ${sigma} pixels`,
  occlusion(share, occluder) {
    const what = share < 1 ? `${percent(share)} of the object` : 'the object'
    return `Covering ${what} with ${occluder === 'distractor' ? 'a distractor' : 'another part of the image'}`
  },
}

const iouAt = (record: IllustratedRecord, image: number): number[] =>
  record.thresholds.map(at => imageValues(record, { metric: 'iou', target: 'predicted', at })?.[image] ?? Number.NaN)

function bestCut(record: IllustratedRecord, image: number) {
  const scores = iouAt(record, image)
  const best = Math.max(...scores)
  const fixed = nearestThreshold(record.thresholds)
  return {
    best,
    threshold: record.thresholds[scores.indexOf(best)] ?? Number.NaN,
    fixed: scores[fixed] ?? Number.NaN,
    fixedThreshold: record.thresholds[fixed] ?? Number.NaN,
  }
}

const rows: { readonly [Id in PatternId]: Omit<Pattern, 'id'> } = {
  texture: {
    title: 'Texture',
    question: 'Does the map follow edges that are not the object?',
    target: 'predicted',
    number: 'correlation with edges outside',
    worst: 'greatest',
    values: record => imageValues(record, { metric: 'background-edges', target: 'predicted' }),
    sentence: ({ value }) =>
      `Where the object is not, the map still follows the edges of the image (rank correlation ${two(value)}).`,
  },
  diffusion: {
    title: 'Diffusion',
    question: 'Does the evidence lie in the object, or all over the image?',
    target: 'predicted',
    number: 'mass outside',
    worst: 'greatest',
    values: record => imageValues(record, { metric: 'outside-mass', target: 'predicted' }),
    sentence({ record, image, value }) {
      const area = imageValues(record, { metric: 'effective-area', target: 'predicted' })?.[image]
      const { massHeld } = (record.protocol.choices as Protocol).diagnostics ?? {}
      const spread =
        typeof area === 'number' && massHeld !== undefined
          ? `; ${percent(massHeld)} of it takes ${percent(area)} of the image`
          : ''
      return `${percent(value)} of the mass lies outside the object${spread}.`
    },
  },
  frozen: {
    title: 'Frozen maps',
    question: 'Does the map stay the same while the model loses its confidence?',
    target: 'predicted',
    number: 'correlation with the first map',
    worst: 'greatest',
    values: record => record.images.id.map((_, image) => frozenStep(record, image)?.similarity ?? null),
    sentence({ record, image, value, object }) {
      const step = frozenStep(record, image)
      if (!step) return ''
      const { before, after, kind, amount } = step
      const { similar = 1 } = (record.protocol.choices as Protocol).diagnostics ?? {}
      const map = value > similar ? 'the map stays the same' : 'the map changes'
      const occluder = record.columns[columnName('frozen', 'predicted', 'occluder')]?.[image]
      return `${causes[kind](amount, occluder)} takes the confidence in ${object} from ${two(before)} to ${two(after)}; ${map} (rank correlation ${two(value)}).`
    },
  },
  discrimination: {
    title: 'Class discrimination',
    question: 'Asked for one of two objects, does the map go there?',
    target: 'label',
    number: 'mass in the asked object minus the other',
    worst: 'least',
    values: record => imageValues(record, { metric: 'mass-difference', target: 'label' }),
    sentence({ value, object }) {
      const asked = `Asked for the ${object} and for the other object in turn, the map`
      if (Math.abs(value) < 0.005)
        return `${asked} has as much of its mass in the one as in the other: it does not tell them apart.`
      const amount = `${percent(Math.abs(value))} ${value < 0 ? 'less' : 'more'}`
      return `${asked} has on average ${amount} of its mass in the asked one than in the other.`
    },
  },
  threshold: {
    title: 'Threshold',
    question: 'Is the object lost by where the map is cut?',
    target: 'predicted',
    number: 'IoU lost',
    worst: 'greatest',
    values: record => {
      const scores = record.images.id.map((_, image) => bestCut(record, image))
      return scores.map(({ best, fixed }) => (Number.isNaN(best) ? null : best - fixed))
    },
    sentence({ record, image }) {
      const { best, threshold, fixed, fixedThreshold: at } = bestCut(record, image)
      return `Cut at ${at}, the map finds the object with an IoU of ${two(fixed)}; cut at ${threshold}, with ${two(best)}.`
    },
  },
}

export const patterns = Object.entries(rows).map(([id, row]): Pattern => ({ id: id as PatternId, ...row }))

/**
 * The images of all the records on which a method fails most in one way, the worst first.
 *
 * @param records of one method, one or more datasets
 * @param className of a class index
 */
export function worstImages<R extends IllustratedRecord>(
  pattern: Pattern,
  records: readonly R[],
  count: number,
  className: (label: number) => string,
): (Failure & { readonly record: R })[] {
  const sign = pattern.worst === 'greatest' ? 1 : -1
  const found = records.flatMap(record =>
    (pattern.values(record) ?? []).flatMap((value, image) => (value === null ? [] : [{ record, value, image }])),
  )
  return found
    .toSorted((a, b) => sign * (b.value - a.value))
    .slice(0, count)
    .map(({ record, value, image }) => {
      const predicted = record.images.predicted[image] ?? -1
      const label = pattern.target === 'label' ? (record.images.label[image] ?? -1) : predicted
      const wrong = record.images.label[image] !== predicted && pattern.id !== 'frozen'
      const says = wrong ? ` The model says ${className(predicted)}.` : ''
      const sentence = `${pattern.sentence({ record, image, value, object: className(label) })}${says}`
      const step = pattern.id === 'frozen' ? frozenStep(record, image) : null
      return { record, image, value, sentence, ...(step && { step: { kind: step.kind, amount: step.amount } }) }
    })
}
