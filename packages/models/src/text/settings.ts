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
  silu: 'silu',
}

/** CLIP's own choices, SigLIP's and AIMv2's; what a configuration leaves out is what transformers takes then. */
const CLIP = { heads: 8, activation: 'quickgelu', layerNormEpsilon: 1e-5, isCausal: true, pooling: 'end' } as const
const SIGLIP = {
  heads: 12,
  activation: 'gelu-tanh',
  layerNormEpsilon: 1e-6,
  isCausal: false,
  pooling: 'last',
} as const
const AIMV2 = { ...CLIP, heads: 6, activation: 'silu' } as const

/** By the model_type of a configuration of transformers, which may end with `_text_model`. */
const TYPES: Readonly<Record<string, TextSettings>> = {
  clip: CLIP,
  metaclip_2: CLIP,
  siglip: SIGLIP,
  siglip2: SIGLIP,
  aimv2: AIMV2,
}

/** The settings in a config.json of transformers or an open_clip_config.json, or those of OpenAI's code where there is none. */
export function textSettings(config: unknown, file: string): TextSettings {
  if (!isObject(config)) return { ...CLIP, heads: undefined, activation: undefined }
  const ofOpenClip = objectIn(config, 'model_cfg')
  if (isObject(ofOpenClip.text_cfg)) return openClipSettings(ofOpenClip, ofOpenClip.text_cfg)
  const type = config.model_type
  const name = String(type).replace(/_text_model$/, '')
  const family = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (!family)
    throw new ModelError(
      `${file}: model_type: expected ${Object.keys(TYPES).join(', ')} for a text tower, got ${JSON.stringify(type)}`,
    )
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
    layerNormEpsilon: numberIn(text, 'layer_norm_eps') ?? numberIn(text, 'rms_norm_eps') ?? family.layerNormEpsilon,
  }
}

function openClipSettings(model: Json, text: Json): TextSettings {
  const isTanh = objectIn(text, 'act_kwargs').approximate === 'tanh'
  return {
    heads: numberIn(text, 'heads') ?? CLIP.heads,
    activation: model.quick_gelu === true ? 'quickgelu' : isTanh ? 'gelu-tanh' : 'gelu',
    layerNormEpsilon: numberIn(objectIn(text, 'norm_kwargs'), 'eps') ?? CLIP.layerNormEpsilon,
    isCausal: text.no_causal_mask !== true,
    pooling: text.pool_type === 'last' ? 'last' : 'end',
  }
}
