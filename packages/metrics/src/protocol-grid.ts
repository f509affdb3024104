import { targets as allTargets } from './columns.ts'
import type { Protocol, Removal } from './protocol.ts'
import { protocols } from './protocols.ts'
import type { Target } from './types.ts'

/**
 * Removals by the names of the protocols that they make. The blur is the strongest of the paths of `standard`; the noise is that of ROAD's released code.
 */
export const removals = {
  zero: { kind: 'zero' },
  black: { kind: 'black' },
  'mean-colour': { kind: 'mean-colour' },
  blur: { kind: 'blur', sigma: 12 },
  road: { kind: 'linear-imputation', noise: 0.01 },
  'token-drop': { kind: 'token-drop' },
} as const satisfies Readonly<Record<string, Removal>>

export type RemovalId = keyof typeof removals

const titles: { readonly [Id in RemovalId]: string } = {
  zero: 'zero',
  black: 'black',
  'mean-colour': 'mean colour',
  blur: 'blur',
  road: 'ROAD',
  'token-drop': 'token drop',
}

export const removalIds = Object.keys(removals) as readonly RemovalId[]

/** The protocols whose curves may be measured with other removals and for other classes. */
export const gridBases = ['paper', 'standard'] as const

export type GridBase = (typeof gridBases)[number]

/**
 * The curves of a protocol with another removal or for other classes, and nothing else of it; the protocol itself where both are its own. Without a
 * patch a Vision Transformer has nothing to read, so the steps of token drop end before.
 *
 * @example
 * gridProtocol('standard', 'blur', ['label']).id // 'standard-blur-label'
 */
export function gridProtocol(base: GridBase, removal: RemovalId, targets: readonly Target[]): Protocol {
  const protocol: Protocol = protocols[base]
  const asked = allTargets.filter(target => targets.includes(target))
  const sameTargets = asked.join() === protocol.faithfulness.targets.join()
  if (removal === 'zero' && sameTargets) return protocol
  const { localization, faithfulness } = protocol
  const steps = removal === 'token-drop' ? faithfulness.steps.filter(step => step < 1) : faithfulness.steps
  const words = [
    ...(removal === 'zero' ? [] : [titles[removal]]),
    ...(sameTargets ? [] : [`${asked.join(' and ')} class`]),
  ]
  return {
    id: [base, ...(removal === 'zero' ? [] : [removal]), ...(sameTargets ? [] : asked)].join('-'),
    title: [protocol.title, ...words].join(', '),
    localization: { ...localization, targets: [] },
    faithfulness: { ...faithfulness, steps, targets: asked, removal: removals[removal] },
  }
}

const subsets: readonly (readonly Target[])[] = [['predicted'], ['label'], ['predicted', 'label']]

const known: ReadonlyMap<string, Protocol> = new Map(
  [
    ...gridBases.flatMap(base =>
      removalIds.flatMap(removal => subsets.map(asked => gridProtocol(base, removal, asked))),
    ),
    ...Object.values<Protocol>(protocols),
  ].map(protocol => [protocol.id, protocol]),
)

/** Every protocol by its name, those of the grid of removals and classes too. */
export const findProtocol = (id: string): Protocol | undefined => known.get(id)

/** Names of the grid's protocols, such as `standard-blur`. */
export const gridProtocolIds: readonly string[] = [...known.keys()].filter(id => !Object.hasOwn(protocols, id))
