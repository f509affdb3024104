import { dim, isFixed, type Op } from '@vitrine/tensor'
import type { KnownFact } from '../checkpoint/facts.ts'
import type { Capability, ExplainableModel } from '../explainable.ts'
import type { Structure } from '../onnx/index.ts'

/** What was recognised in a graph, in words. */
export function recognised(
  { grid, prefixTokens, pooling, can }: ExplainableModel,
  { blocks, doubts, trace: { featureMap } }: Structure,
): KnownFact[] {
  const fact = (what: string, value: string | number, from = 'form of the graph'): KnownFact => ({
    what,
    value: `${value}`,
    from,
  })
  const each = (of: (block: Structure['blocks'][number]) => string | number): string =>
    counted(blocks.map(block => `${of(block)}`))
  return [
    fact('blocks', blocks.length === 0 ? 'none with attention' : blocks.length),
    ...(blocks.length === 0
      ? []
      : [
          fact(
            'width',
            each(({ trace }) => dim(trace.output.shape, -1)),
          ),
          fact(
            'heads',
            each(({ trace }) => dim(trace.attention.shape, 1)),
          ),
          fact(
            'norms',
            each(({ norm }) => norm),
          ),
          fact(
            'activations',
            each(({ activation }) => activation),
          ),
        ]),
    ...(featureMap
      ? [fact('class activation maps of', `its last feature map, ${dim(featureMap.shape, 2)} channels`)]
      : []),
    fact('grid', `${grid.rows} x ${grid.columns}`),
    fact('tokens before the patches', prefixTokens.join(', ') || 'none'),
    fact('the head reads', POOLINGS[pooling] ?? pooling),
    fact(
      'has',
      Object.entries(can)
        .flatMap(([capability, found]) => (found === true ? WORDS[capability as Capability] : []))
        .join(', ') || 'none of what methods need',
    ),
    ...(doubts.length > 0 ? [fact('not recognised', [...new Set(doubts)].slice(0, 3).join('; '))] : []),
  ]
}

const POOLINGS: Readonly<Partial<Record<ExplainableModel['pooling'], string>>> = {
  attention: 'what a query of its own attends to',
  other: 'something else than one token or a mean of patches',
}

const WORDS: Readonly<Record<Capability, string>> = {
  activations: 'activations',
  tokens: 'tokens of each block',
  chain: 'a chain of blocks',
  'global-attention': 'global attention',
  'patch-embedding': 'a patch embedding',
  'token-head': 'a head for any tokens',
  'token-halves': 'halves of blocks',
  'token-subsets': 'passes over part of the patches',
  windows: 'windows and merges',
  'text-head': 'tokens compared with texts',
}

/** `12`, or `2 x 3, 10 x 6` where blocks differ. */
function counted(values: readonly string[]): string {
  const counts = Map.groupBy(values, value => value)
  return counts.size === 1
    ? (values[0] ?? '')
    : [...counts].map(([value, all]) => `${all.length} x ${value}`).join(', ')
}

const MOVES: ReadonlySet<Op> = new Set<Op>(['reshape', 'transpose', 'slice', 'concat', 'pad', 'gather'])

/** Whether pixels are changed, and not only moved, before the first layer. */
export function changesPixels({ firstInput, placeholder }: Structure): boolean {
  const pending = firstInput ? [firstInput] : []
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (node === placeholder || isFixed(node)) continue
    if (!MOVES.has(node.op)) return true
    pending.push(...node.inputs)
  }
  return false
}
