import type { Activation } from '../architecture/parts/perceptron.ts'
import { ModelError } from '../errors.ts'

/** What a text tower's arrays do not show. */
export interface TextSettings {
  readonly heads: number | undefined
  readonly activation: Activation | undefined
  readonly layerNormEpsilon: number
  readonly isCausal: boolean
  readonly pooling: 'end' | 'last'
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const objectIn = (json: Json, name: string): Json => {
  const found = json[name]
  return isObject(found) ? found : {}
}
const numberIn = (json: Json, name: string): number | undefined => {
  const found = json[name]
  return typeof found === 'number' ? found : undefined
}

/** Names of activation functions in configurations of transformers. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  quick_gelu: 'quickgelu',
  gelu: 'gelu',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_new: 'gelu-tanh',
}

/** CLIP's own choices, and SigLIP's; what a configuration leaves out is what transformers takes then. */
const FAMILIES = {
  clip: { heads: 8, activation: 'quickgelu', layerNormEpsilon: 1e-5, isCausal: true, pooling: 'end' },
  siglip: { heads: 12, activation: 'gelu-tanh', layerNormEpsilon: 1e-6, isCausal: false, pooling: 'last' },
} as const satisfies Readonly<Record<string, TextSettings>>

/** The settings in a config.json of transformers or an open_clip_config.json, or those of OpenAI's code where there is none. */
export function textSettings(config: unknown, file: string): TextSettings {
  if (!isObject(config)) return { ...FAMILIES.clip, heads: undefined, activation: undefined }
  const ofOpenClip = objectIn(config, 'model_cfg')
  if (isObject(ofOpenClip.text_cfg)) return openClipSettings(ofOpenClip, ofOpenClip.text_cfg)
  const type = config.model_type
  const family = Object.entries(FAMILIES).find(([name]) =>
    new RegExp(`^${name}2?(?:_text_model)?$`).test(String(type)),
  )?.[1]
  if (!family)
    throw new ModelError(`${file}: model_type: expected clip or siglip for a text tower, got ${JSON.stringify(type)}`)
  const text = isObject(config.text_config) ? config.text_config : config
  const named = text.hidden_act
  const activation = named === undefined ? family.activation : ACTIVATIONS[String(named)]
  if (!activation)
    throw new ModelError(
      `${file}: text_config.hidden_act: expected ${Object.keys(ACTIVATIONS).join(', ')}, got ${JSON.stringify(named)}`,
    )
  return {
    ...family,
    activation,
    heads: numberIn(text, 'num_attention_heads') ?? family.heads,
    layerNormEpsilon: numberIn(text, 'layer_norm_eps') ?? family.layerNormEpsilon,
  }
}

function openClipSettings(model: Json, text: Json): TextSettings {
  const isTanh = objectIn(text, 'act_kwargs').approximate === 'tanh'
  return {
    heads: numberIn(text, 'heads') ?? FAMILIES.clip.heads,
    activation: model.quick_gelu === true ? 'quickgelu' : isTanh ? 'gelu-tanh' : 'gelu',
    layerNormEpsilon: numberIn(objectIn(text, 'norm_kwargs'), 'eps') ?? FAMILIES.clip.layerNormEpsilon,
    isCausal: text.no_causal_mask !== true,
    pooling: text.pool_type === 'last' ? 'last' : 'end',
  }
}
