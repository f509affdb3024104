import type { Random } from './random.ts'
import { distractorNames, hasIcon, type IconFamily, type IconName } from './vocabulary.ts'

/** Lengths are fractions of the image's side. */
export interface Spot {
  /** Side of the square that the icon fills before it is turned. */
  readonly size: number
  /** Centre, from the left. */
  readonly x: number
  /** Centre, from the top. */
  readonly y: number
}

/** Where and how one icon is put into a scene. */
export interface Placement extends Spot {
  readonly name: IconName
  readonly family: IconFamily
  /** Class index; undefined for a distractor. */
  readonly label: number | undefined
  /** Radians, clockwise. */
  readonly rotation: number
  /** Flipped left to right, before it is turned. */
  readonly mirrored: boolean
  /** Colours are scaled about 128 by this. */
  readonly contrast: number
  /** Then this is added to red, green and blue, of 0 to 255. */
  readonly shift: readonly [number, number, number]
}

/** Two centres are farther apart than this times the sum of the two sizes, unless an object found no such place. */
export const separation = 0.42

/** A centre is at least this times the size away from every edge of the image. */
export const margin = 0.4

const tries = 30

/** A class of the dataset, to be put into a scene. */
export interface ClassIcon {
  readonly name: IconName
  /** Class index. */
  readonly label: number
}

/**
 * Draws a scene: the first object, up to three distractors, then the other objects.
 *
 * A distractor without a place is left out; an object without one stays where its last try put it.
 *
 * @param families drawn from, for each icon anew
 * @returns in the order in which they are painted, later over earlier
 */
export function drawLayout(
  random: Random,
  [first, ...others]: readonly ClassIcon[],
  families: readonly IconFamily[],
): Placement[] {
  const placements: Placement[] = []
  const putObject = ({ name, label }: ClassIcon) => {
    const { spot } = findSpot(random, random.uniform(0.28, 0.6), placements)
    placements.push(dress(random, spot, name, label, families))
  }
  if (first) putObject(first)
  for (let left = random.below(4); left > 0; left--) {
    const { spot, free } = findSpot(random, random.uniform(0.2, 0.4), placements)
    const name = random.pick(distractorNames)
    if (free) placements.push(dress(random, spot, name, undefined, families))
  }
  others.forEach(putObject)
  return random.shuffled(placements)
}

/** The first spot that is free, apart from all others, or else the last one tried. */
function findSpot(random: Random, size: number, others: readonly Spot[]): { spot: Spot; free: boolean } {
  const coordinate = () => random.uniform(margin * size, 1 - margin * size)
  const attempt = () => {
    const spot = { size, x: coordinate(), y: coordinate() }
    return { spot, free: others.every(other => relativeDistance(spot, other) > separation) }
  }
  let found = attempt()
  for (let tried = 1; tried < tries && !found.free; tried++) found = attempt()
  return found
}

/** Distance of two centres, divided by the sum of the two sizes. */
export const relativeDistance = (a: Spot, b: Spot): number =>
  Math.sqrt((a.x - b.x) ** 2 + (a.y - b.y) ** 2) / (a.size + b.size)

function dress(
  random: Random,
  spot: Spot,
  name: IconName,
  label: number | undefined,
  families: readonly IconFamily[],
): Placement {
  const shift = () => random.uniform(-30, 30)
  return {
    ...spot,
    name,
    label,
    family: random.pick(families.filter(family => hasIcon(family, name))),
    rotation: (random.uniform(-30, 30) * Math.PI) / 180,
    mirrored: random.chance(0.5),
    contrast: random.uniform(0.7, 1.2),
    shift: [shift(), shift(), shift()],
  }
}
