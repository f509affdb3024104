import type { Activation } from '../architecture/parts/perceptron.ts'
import type { NormalisationWord } from '../architecture/spec.ts'
import { relativePositionsOf } from './relative-tables.ts'
import type { StateDict } from './state-dict.ts'
import { swinVersion } from './swin-arrays.ts'

/** What a map can be asked about: a class, a text, another image or a direction in the space of embeddings. Each may be put against others. */
export type Question = 'class' | 'text' | 'image'

/** Vision Transformers that share their parts, and what is true of all that were published. */
export interface Family {
  readonly name: string
  /** In words: models of it, and whose names are read. */
  readonly models: string
  readonly names: string
  readonly asks: readonly Question[]
  /** Whether only some of its models can be asked about texts: those with a projection to embeddings of texts. */
  readonly needsProjection?: true
  /** What most of its checkpoints were trained with. */
  readonly normalisation: NormalisationWord
  readonly epsilon: number
  /** The activation function of all its published models; absent where they differ and no tensor shows it. */
  readonly activation?: Activation
  /** Heads of its published models by width, where other families have others. */
  readonly heads?: Readonly<Record<number, number>>
  /** Heads of the query that pools in all its published models, where they are not as many as those of the blocks. */
  readonly poolHeads?: number
  /** Whether the arrays of a file, under timm's names, are of this family. */
  readonly shows: (weights: StateDict, separateHead: boolean) => boolean
}

const BACKBONE = ['class', 'image'] as const
const TOWER = ['class', 'text', 'image'] as const

/** Every family that is read from its weights; the first whose form a file has is the file's. */
export const FAMILIES = [
  {
    name: 'Swin V2',
    models: 'Swin V2',
    names: "transformers, timm, torchvision, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-5,
    activation: 'gelu',
    shows: weights => swinVersion(weights) === 2,
  },
  {
    name: 'Swin',
    models: 'Swin',
    names: "transformers, timm, torchvision, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-5,
    activation: 'gelu',
    shows: weights => swinVersion(weights) === 1,
  },
  {
    name: 'AIMv2',
    models: 'AIMv2',
    names: 'transformers, timm',
    asks: TOWER,
    needsProjection: true,
    normalisation: 'clip',
    epsilon: 1e-5,
    activation: 'silu',
    shows: ({ arrays }) => arrays.has('patch_embed.norm.weight') && !arrays.has('blocks.0.norm1.bias'),
  },
  {
    name: 'PE-core',
    models: 'PE-core',
    names: "timm, open_clip, and its authors' but of size G",
    asks: TOWER,
    normalisation: 'half',
    epsilon: 1e-5,
    activation: 'gelu',
    heads: { 1536: 16 },
    poolHeads: 8,
    shows: ({ arrays }) => arrays.has('attn_pool.latent') && arrays.has('norm_pre.weight'),
  },
  {
    name: 'SigLIP',
    models: 'SigLIP, SigLIP 2, NaFlex too',
    names: 'transformers, timm and open_clip (NaFlex: transformers)',
    asks: TOWER,
    normalisation: 'half',
    epsilon: 1e-6,
    shows: ({ arrays }) => arrays.has('attn_pool.latent'),
  },
  {
    name: 'DINOv3',
    models: 'DINOv3',
    names: "transformers, timm, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-5,
    activation: 'gelu',
    shows: ({ arrays }) => !arrays.has('pos_embed') && arrays.has('cls_token') && arrays.has('reg_token'),
  },
  {
    name: 'BEiT',
    models: 'BEiT, BEiTv2, data2vec',
    names: 'transformers, timm',
    asks: BACKBONE,
    normalisation: 'half',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: weights => relativePositionsOf(weights) !== undefined && weights.arrays.has('cls_token'),
  },
  {
    name: 'ViT with relative positions',
    models: "timm's relpos and srelpos",
    names: 'timm',
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: weights => relativePositionsOf(weights) !== undefined,
  },
  {
    name: 'ViT with rotary positions',
    models: "RoPE-ViT (axial and mixed), timm's rope_reg",
    names: 'timm',
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: ({ arrays }) => !arrays.has('pos_embed') || arrays.has('rope.freqs'),
  },
  {
    name: 'EVA-02',
    models: 'EVA-02, its CLIP towers too',
    names: "timm, open_clip, and its authors'",
    asks: BACKBONE,
    normalisation: 'clip',
    epsilon: 1e-6,
    activation: 'silu',
    shows: ({ arrays }) =>
      arrays.has('blocks.0.mlp.gate.weight') && !arrays.has('blocks.0.ls1.gamma') && arrays.has('blocks.0.norm1.bias'),
  },
  {
    name: 'CLIP',
    models: "OpenAI's CLIP, OpenCLIP, MetaCLIP, MetaCLIP 2, DFN",
    names: 'transformers, open_clip, timm, and the archives of OpenAI (TorchScript)',
    asks: TOWER,
    normalisation: 'clip',
    epsilon: 1e-5,
    shows: ({ arrays, dialect }) =>
      arrays.has('norm_pre.weight') || arrays.has('projection.weight') || dialect === 'open-clip',
  },
  {
    name: 'DINOv2 with registers',
    models: 'DINOv2 with registers',
    names: "transformers, timm, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: ({ arrays }) => arrays.has('blocks.0.ls1.gamma') && arrays.has('reg_token'),
  },
  {
    name: 'DINOv2',
    models: 'DINOv2',
    names: "transformers, timm, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: ({ arrays }, separateHead) => arrays.has('blocks.0.ls1.gamma') && separateHead,
  },
  {
    name: 'DINOv2 or DeiT III',
    models: 'DeiT III',
    names: "timm, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: ({ arrays }) => arrays.has('blocks.0.ls1.gamma'),
  },
  {
    name: 'DeiT',
    models: 'DeiT, distilled or not',
    names: "transformers, timm, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: ({ arrays }) => arrays.has('dist_token'),
  },
  {
    name: 'DINO',
    models: 'DINO',
    names: "timm, and its authors'",
    asks: BACKBONE,
    normalisation: 'imagenet',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: (_, separateHead) => separateHead,
  },
  {
    name: 'ViT',
    models: 'ViT, AugReg, FlexiViT, InternViT-300M, I-JEPA, and what MAE and MoCo v3 trained',
    names: "transformers, timm, torchvision, and the authors' of MAE and MoCo v3",
    asks: BACKBONE,
    normalisation: 'half',
    epsilon: 1e-6,
    activation: 'gelu',
    shows: () => true,
  },
] as const satisfies readonly Family[]

const WORDS: Readonly<Record<Question, string>> = {
  class: 'a class',
  text: 'a text',
  image: 'another picture or a direction',
}

/** What can be asked of a family, in words. */
export const questionsOf = ({ asks }: Pick<Family, 'asks'>): string => asks.map(question => WORDS[question]).join(', ')

/** What a file can be asked about. */
export function asksOf({ asks, needsProjection }: Family, { arrays }: StateDict): readonly Question[] {
  const lacksTexts = needsProjection && !arrays.has('projection.weight')
  return lacksTexts ? asks.filter(question => question !== 'text') : asks
}

/** The family that a file's arrays show. */
export function familyOf(weights: StateDict, separateHead: boolean): Family {
  const rows: readonly Family[] = FAMILIES
  const found = rows.find(({ shows }) => shows(weights, separateHead))
  if (!found) throw new TypeError('expected a last family that takes all')
  return found
}

/** A family by its name, which may be a more precise one than a row has. */
export const familyNamed = (name: string): Family | undefined => FAMILIES.find(family => family.name === name)
