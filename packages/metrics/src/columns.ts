import type { ImageRule, Protocol } from './protocol.ts'
import type { MetricGroup, Target } from './types.ts'

/** Every class that a map may explain, in the order of the columns. */
export const targets: readonly Target[] = ['predicted', 'label']

/** The first part of the columns of metrics that are not bundled; it is no group, so it has no version here. */
export const customGroup = 'custom'

/**
 * The name of a stored column: group, explained class, and what it holds: a metric, `state`, or a part that metrics are computed from.
 *
 * @example
 * columnName('localization', 'predicted', 'tp') // 'localization.predicted.tp'
 */
export const columnName = <G extends string, P extends string>(group: G, target: Target, part: P) =>
  `${group}.${target}.${part}` as const

/**
 * The column in which a metric that is not bundled says of each image why it failed there; absent where it never did.
 *
 * @example
 * failureColumn('label', 'mine') // 'custom.label.mine.failed'
 */
export const failureColumn = (target: Target, id: string) => columnName(customGroup, target, `${id}.failed`)

/**
 * The parts of a column's name; `null` for a column that belongs to no explained class, such as `correct`.
 *
 * @example
 * partsOfColumn('texture.label.fine-energy') // { group: 'texture', target: 'label', part: 'fine-energy' }
 */
export function partsOfColumn(name: string): { group: string; target: Target; part: string } | null {
  const [group = '', found, ...rest] = name.split('.')
  const target = targets.find(known => known === found)
  return target === undefined || rest.length === 0 ? null : { group, target, part: rest.join('.') }
}

/** What a protocol says of a group: the explained classes, and the images in the means. */
interface Section {
  readonly targets: readonly Target[]
  readonly images: ImageRule
}

const sections: { readonly [G in MetricGroup]: (protocol: Protocol) => Section | undefined } = {
  localization: protocol => protocol.localization,
  faithfulness: protocol => protocol.faithfulness,
  pointing: protocol => protocol.diagnostics,
  texture: protocol => protocol.diagnostics,
  diffusion: protocol => protocol.diagnostics,
  // Maps of several classes of an image are stored under the label, maps along paths under the prediction.
  discrimination: ({ diagnostics }) => diagnostics && { ...diagnostics, targets: ['label'] },
  frozen: ({ diagnostics }) => diagnostics && { ...diagnostics, targets: ['predicted'] },
  insertion: protocol => protocol.insertion,
  'soft-mask': protocol => protocol.softMask,
  effects: protocol => protocol.effects,
  objects: protocol => protocol.diagnostics,
  coherence: protocol => protocol.coherence,
  benchmarks: protocol => protocol.diagnostics,
  complexity: protocol => protocol.diagnostics,
  completeness: protocol => protocol.completeness,
  mosaic: ({ mosaic }) => mosaic && { ...mosaic, targets: ['label'] },
  robustness: ({ robustness }) => robustness && { ...robustness, targets: ['predicted'] },
  randomisation: ({ randomisation }) => randomisation && { ...randomisation, targets: ['predicted'] },
}

/** The explained classes under which a protocol stores a group's columns: none for a group that it does not store. */
export const targetsOfGroup = (protocol: Protocol, group: MetricGroup): readonly Target[] =>
  sections[group](protocol)?.targets ?? []

/** The images in the means of a group: all where the protocol does not store it. */
export const imagesOfGroup = (protocol: Protocol, group: MetricGroup): ImageRule =>
  sections[group](protocol)?.images ?? 'all'
