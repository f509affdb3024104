import { createHash } from 'node:crypto'
import { classList } from '../classes.ts'
import type { Dataset, RgbImage, Sample } from '../dataset.ts'
import { expectInteger } from '../errors.ts'
import { familyLicence, familyVersion, rendererVersions } from './icons.ts'
import { type ClassIcon, drawLayout } from './layout.ts'
import type { Random } from './random.ts'
import { randomStream } from './random-stream.ts'
import { paintScene, visiblePart } from './scene.ts'
import { type SplitId, splits } from './splits.ts'
import { classNames } from './vocabulary.ts'

/** Raised whenever a change of this package changes pixels, masks or labels. */
const generatorVersion = 1

const sceneCount = 10_000

/** Fraction of the image; a scene with less of an object to be seen is drawn anew. */
const leastVisible = 1 / 200

export interface IconSceneOptions {
  /** Another seed gives other scenes; an integer from 0. Default 0. */
  readonly seed?: number
  /** Pixels of an image's side, 32 to 2048. Default 224. The same scenes at every size. */
  readonly size?: number
}

/** Scenes of open icons with exact masks, painted when they are asked for. */
export async function iconScenes(id: SplitId, { seed = 0, size = 224 }: IconSceneOptions = {}): Promise<Dataset> {
  expectInteger(id, 'a seed', seed, 0, Number.MAX_SAFE_INTEGER)
  expectInteger(id, 'a size', size, 32, 2048)
  const { name, description, families, objectCount } = splits[id]
  const classOrder = randomStream(id, seed, 'class order').shuffled(classNames.map((name, label) => ({ name, label })))
  const licences = families.map(familyLicence)

  /** A scene with its parts: objects in the order of their classes, and the distractors that can be seen, each with its place in the painting. */
  async function compose(index: number) {
    expectInteger(id, 'an index', index, 0, sceneCount - 1)
    const random = randomStream(id, seed, index)
    const wanted = drawClasses(random, classOrder, index, objectCount)
    for (;;) {
      const placements = drawLayout(random, wanted, families)
      const scene = await paintScene(random, placements, size)
      const things = placements.map(({ label }, place) => ({ label, place, ...visiblePart(scene.owners, place, size) }))
      const objects = things.flatMap(({ label, ...part }) => (label === undefined ? [] : [{ label, ...part }]))
      if (!objects.every(isSeen)) continue
      return {
        scene,
        label: wanted[0].label,
        objects: wanted.flatMap(({ label }) => objects.filter(object => object.label === label)),
        distractors: things.flatMap(({ label, ...part }) =>
          label === undefined && part.mask.includes(1) ? [part] : [],
        ),
        credits: licences.filter((_, i) => placements.some(p => p.family === families[i])).map(licence => licence.work),
      }
    }
  }

  async function sample(index: number): Promise<Sample> {
    const { scene, label, objects, distractors, credits } = await compose(index)
    return {
      id: `${id}/${seed}/${String(index).padStart(5, '0')}`,
      image: scene.image,
      label,
      distractors: distractors.map(({ place: _, ...part }) => part),
      objects: objects.map(({ place: _, ...part }) => part),
      credits,
    }
  }

  async function without(index: number): Promise<RgbImage[]> {
    const { scene, objects, distractors } = await compose(index)
    return [...objects, ...distractors].map(({ place }) => scene.without(place))
  }

  const versions = families.map(family => [family, familyVersion(family)])
  const facts = JSON.stringify([id, generatorVersion, seed, size, sceneCount, versions, await rendererVersions()])
  const hash = createHash('sha256').update(facts).digest('hex')
  const { classes } = classList(classNames)
  return { id, name, description, size: sceneCount, classNames, classes, hash, licences, sample, without }
}

/** Classes for a scene: one from going round the class order, and others if the scene has more objects. */
function drawClasses(
  random: Random,
  classOrder: readonly ClassIcon[],
  index: number,
  count: number,
): [first: ClassIcon, ...others: ClassIcon[]] {
  const at = index % classOrder.length
  const [first, ...rest] = [...classOrder.slice(at), ...classOrder.slice(0, at)]
  if (first === undefined) throw new RangeError('[vitrine] [datasets] drawClasses: expected classes, got none')
  return [first, ...random.shuffled(rest).slice(0, count - 1)]
}

/** Whether enough of an object is seen to ask where it is. */
const isSeen = ({ mask }: { mask: Uint8Array }): boolean =>
  mask.reduce((seen, pixel) => seen + pixel, 0) >= leastVisible * mask.length
