import type { Pooling, VisionTransformerConfig } from '../architecture/config.ts'
import type { Head } from '../architecture/parts/head.ts'
import type { Activation } from '../architecture/parts/perceptron.ts'
import { ModelError } from '../errors.ts'
import { type AddedHead, USUAL_SCALE, WEIGHT } from './added-head.ts'
import type { Bytes } from './bytes.ts'
import { arrayOf } from './checkpoint.ts'
import type { Notes } from './facts.ts'
import { asksOf, type Family } from './families.ts'
import type { Fact } from './fields.ts'
import { isClassifierOfTower } from './geometry.ts'
import type { StateDict } from './state-dict.ts'

// Which parts a file's arrays show, and which must be said.

/** No tensor shows the activation function: what is asked for or said, else what all published models of the family have. */
export function activationOf(
  { name, arrays, dialect, isScripted }: StateDict,
  family: Family,
  asked: Activation | undefined,
  said: Fact<Activation> | undefined,
): Fact<Activation> {
  if (arrays.has('blocks.0.mlp.gate.weight')) return { value: 'silu', from: 'its perceptrons have gates (SwiGLU)' }
  if (asked) return { value: asked, from: 'asked for' }
  if (said) return said
  if (dialect === 'open-clip' && isScripted) return { value: 'quickgelu', from: "archive of OpenAI's CLIP" }
  if (family.activation) return { value: family.activation, from: `names of the tensors: that of ${family.name}` }
  throw new ModelError(
    `${name}: no tensor says which activation function this ${family.name} has, and published ones differ: put its config.json (or open_clip_config.json) beside the file, or open it as FILE[act=gelu], FILE[act=quickgelu] (OpenAI's CLIP) or FILE[act=gelu-tanh] (SigLIP)`,
  )
}

/** Where the final norm stands. transformers' classifier of CLIP has none before its head. */
export function finalNormOf(weights: StateDict): NonNullable<VisionTransformerConfig['finalNorm']> {
  const { arrays } = weights
  if (isClassifierOfTower(weights) && arrays.has('cls_token')) return 'none'
  if (arrays.has('norm.weight')) return 'tokens'
  return arrays.has('fc_norm.weight') ? 'pooled' : 'none'
}

/** The parts of a query that pools, where there is one. */
export function poolParts(
  { arrays }: StateDict,
  pooling: Pooling,
  { poolHeads }: Pick<Family, 'poolHeads'>,
): Pick<VisionTransformerConfig, 'plainPool' | 'poolHeads' | 'poolMlpWidth'> {
  if (pooling !== 'attention') return {}
  const mlpWidth = arrays.get('attn_pool.mlp.fc1.weight')?.shape[0]
  return {
    plainPool: !arrays.has('attn_pool.q.weight'),
    ...(poolHeads !== undefined && { poolHeads }),
    ...(mlpWidth !== undefined && { poolMlpWidth: mlpWidth }),
  }
}

/** Whether the tower of texts lies in the same file. */
export const hasTextTower = ({ left }: StateDict): boolean =>
  left.some(name => /(?:^|\.)(?:text_model|text|token_embedding)\./.test(name))

/** The parts of blocks that arrays show. */
export function blockParts(
  { arrays }: StateDict,
  activation: Activation,
): Pick<
  VisionTransformerConfig,
  'layerScale' | 'qkvBias' | 'attentionBias' | 'queryKeyNorm' | 'contextNorm' | 'perceptron'
> {
  const has = (name: string): boolean => arrays.has(`blocks.0.${name}`)
  return {
    layerScale: has('ls1.gamma'),
    qkvBias: has('attn.qkv.bias'),
    attentionBias: has('attn.proj.bias'),
    queryKeyNorm: has('attn.q_norm.weight'),
    contextNorm: has('attn.norm.weight'),
    perceptron: {
      activation,
      gated: has('mlp.gate.weight'),
      innerNorm: has('mlp.norm.weight'),
      bias: has('mlp.fc1.bias'),
    },
  }
}

/** What makes scores of the embedding. */
export function headOf(notes: Notes, weights: StateDict, texts: AddedHead | undefined, size: number): Head {
  if (!texts) return { kind: weights.arrays.has('head.weight') ? 'linear' : 'none' }
  if (texts.features !== size)
    throw new ModelError(
      `${weights.name}: expected embeddings of texts of width ${size}, got ${texts.features}: they are of another model`,
    )
  const isLearned = weights.arrays.has('logit_scale')
  notes.facts.push(...texts.facts.filter(({ what }) => what !== 'scale' || !isLearned))
  if (isLearned) notes.add('scale', { value: 'exp(logit_scale)', from: 'logit_scale' })
  const sigmoid = weights.arrays.has('logit_bias')
  return { kind: 'texts', scale: isLearned ? 'learned' : (texts.scale ?? USUAL_SCALE), ...(sigmoid && { sigmoid }) }
}

/** With the embeddings of texts among the weights. */
export function withTexts<B extends Bytes>(weights: StateDict<B>, texts: AddedHead<B> | undefined): StateDict<B> {
  if (!texts) return weights
  const rows = arrayOf({ ...weights, arrays: texts.arrays }, WEIGHT)
  const arrays = new Map([...weights.arrays, ['texts.weight', rows] as const])
  return { ...weights, sources: [...weights.sources, ...texts.sources], arrays }
}

/** With timm's name for a final norm that stands behind the pooling. */
export function withFinalNorm<B extends Bytes>(
  weights: StateDict<B>,
  { finalNorm }: VisionTransformerConfig,
): StateDict<B> {
  if (finalNorm !== 'pooled' || weights.arrays.has('fc_norm.weight')) return weights
  const renamed = [...weights.arrays].map(([name, array]) => [name.replace(/^norm\./, 'fc_norm.'), array] as const)
  return { ...weights, arrays: new Map(renamed) }
}

/** Without arrays of the published model that this use of it does not read. */
export function withoutUnused<B extends Bytes>(
  weights: StateDict<B>,
  config: Pick<VisionTransformerConfig, 'finalNorm' | 'pooling' | 'head'>,
): StateDict<B> {
  const unused = (name: string): boolean =>
    (config.finalNorm === 'none' && /^norm\./.test(name)) ||
    (config.pooling !== 'attention' && /^attn_pool\.(?:latent$|(?:q|kv|proj|norm|mlp)\.)/.test(name)) ||
    (config.head?.kind !== 'texts' && /^logit_(?:scale|bias)$/.test(name)) ||
    (config.head?.kind !== 'linear' && /^head\./.test(name))
  return { ...weights, arrays: new Map([...weights.arrays].filter(([name]) => !unused(name))) }
}

/** Says what to do with a model that has no classifier. */
export function noHead(weights: StateDict, family: Family): ModelError {
  const { name, arrays, choice } = weights
  if (asksOf(family, weights).includes('text'))
    return new ModelError(
      `${name}: ${family.name} has no classifier: say its classes as texts, with their embeddings as FILE[text=EMBEDDINGS.safetensors], or open it with a linear classifier as FILE[head=HEAD_FILE]`,
    )
  const dino = arrays.has('cls_token') ? ' (a backbone without a classifier, such as DINO or DINOv2)' : ''
  const where = choice.chosen.prefix === '' ? '' : ` beside "${choice.chosen.prefix}…"`
  return new ModelError(
    `${name}: missing "head.weight"${where}${dino}: open it with its linear classifier as FILE[head=HEAD_FILE], or take a fine-tuned checkpoint`,
  )
}
