import { version as benchmarks } from './benchmarks/version.ts'
import { version as coherence } from './coherence/version.ts'
import { partsOfColumn, targetsOfGroup } from './columns.ts'
import { version as completeness } from './completeness/version.ts'
import { version as complexity } from './complexity/version.ts'
import { version as diffusion } from './diffusion/version.ts'
import { version as discrimination } from './discrimination/version.ts'
import { version as effects } from './effects/version.ts'
import { version as faithfulness } from './faithfulness/version.ts'
import { version as frozen } from './frozen/version.ts'
import { version as insertion } from './insertion/version.ts'
import { version as localization } from './localization/version.ts'
import { version as mosaic } from './mosaic/version.ts'
import { version as objects } from './objects/version.ts'
import { version as pointing } from './pointing/version.ts'
import type { Protocol } from './protocol.ts'
import { version as randomisation } from './randomisation/version.ts'
import { version as robustness } from './robustness/version.ts'
import { version as softMask } from './soft-mask/version.ts'
import { version as texture } from './texture/version.ts'
import type { MetricGroup } from './types.ts'

/**
 * The version of each group's stored columns, part of the identity of every result. A change that alters a stored value raises the version of
 * its group; a change that alters none (a comment, a name, a faster algorithm) raises nothing. `golden/` keeps the versions honest.
 */
export const groupVersions: { readonly [G in MetricGroup]: number } = {
  localization,
  faithfulness,
  pointing,
  texture,
  diffusion,
  frozen,
  discrimination,
  insertion,
  'soft-mask': softMask,
  effects,
  objects,
  coherence,
  benchmarks,
  complexity,
  completeness,
  mosaic,
  robustness,
  randomisation,
}

/** The question that a group answers, as it stands above its columns; groups may share one. */
export const groupTitles: { readonly [G in MetricGroup]: string } = {
  localization: 'Points at the object',
  faithfulness: 'Changes the answer',
  pointing: 'Points at the object',
  texture: 'Follows texture',
  diffusion: 'Spreads out',
  frozen: 'Stays the same',
  discrimination: 'Tells classes apart',
  insertion: 'Changes the answer',
  'soft-mask': 'Changes the answer',
  effects: 'Knows what removal does',
  objects: 'Knows what removal does',
  coherence: 'Knows what removal does',
  benchmarks: 'Points at the object',
  complexity: 'Spreads out',
  completeness: 'Knows what removal does',
  mosaic: 'Tells classes apart',
  robustness: 'Is stable',
  randomisation: 'Depends on the model',
}

/** Every group, in the order of tables and columns. */
export const metricGroups = Object.keys(groupVersions) as readonly MetricGroup[]

const isGroup = (name: string): name is MetricGroup => Object.hasOwn(groupVersions, name)

/** The groups whose columns a protocol stores. */
export const groupsOf = (protocol: Protocol): MetricGroup[] =>
  metricGroups.filter(group => targetsOfGroup(protocol, group).length > 0)

/**
 * The group of a stored column; `null` for a column that is of none of this package's groups.
 *
 * @example
 * groupOfColumn('localization.predicted.tp') // 'localization'
 * groupOfColumn('correct') // null
 */
export function groupOfColumn(name: string): MetricGroup | null {
  const { group = '' } = partsOfColumn(name) ?? {}
  return isGroup(group) ? group : null
}
