import { type IconFamily, trainedFamilies, unseenFamilies } from './vocabulary.ts'

/** One of the bundled datasets of icon scenes. */
export interface Split {
  readonly name: string
  readonly description: string
  readonly families: readonly IconFamily[]
  /** Number of class objects in each scene. */
  readonly objectCount: 1 | 2
}

export type SplitId = 'icon-scenes' | 'icon-scenes-pairs' | 'icon-scenes-shifted'

export const splits: Readonly<Record<SplitId, Split>> = {
  'icon-scenes': {
    name: 'Icon scenes',
    description:
      'One icon of 32 classes among up to three others, on noise; from the families that the bundled model learned.',
    families: trainedFamilies,
    objectCount: 1,
  },
  'icon-scenes-pairs': {
    name: 'Icon scenes, pairs',
    description: 'Two icons of different classes among up to three others, on noise; the label is one of the two.',
    families: trainedFamilies,
    objectCount: 2,
  },
  'icon-scenes-shifted': {
    name: 'Icon scenes, shifted',
    description:
      'One icon of 32 classes among up to three others, on noise; from families that the bundled model has never seen.',
    families: unseenFamilies,
    objectCount: 1,
  },
}
