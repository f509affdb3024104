import { shown } from '../../checkpoint/shown.ts'
import { ModelError } from '../../errors.ts'

/** A repository of the hub at a revision. */
export interface Repository {
  readonly name: string
  readonly revision: string
  /** The exported model that is meant, where the repository has several models. */
  readonly file?: string
}

/** The weights that timm means by a name without a tag. */
const DEFAULT_TAGS: readonly (readonly [RegExp, string])[] = [
  [/_dinov2$/, 'lvd142m'],
  [/^vit_\w+_dinov3/, 'lvd1689m'],
  [/^deit/, 'fb_in1k'],
  [/^vit_base_patch(?:8|16)_224$/, 'augreg2_in21k_ft_in1k'],
  [/^vit_large_patch32_384$/, 'orig_in21k_ft_in1k'],
  [/^vit_(?:tiny|small|base|large)_patch\d+_(?:224|384)$/, 'augreg_in21k_ft_in1k'],
]

/** Reads `hf:owner/name[/FILE.onnx][@revision]` and `timm:NAME[@revision]`; undefined for everything else. */
export function parseRepository(place: string): Repository | undefined {
  const match = /^(hf|timm):(.*?)(?:@(.+))?$/.exec(place)
  if (!match) return undefined
  const [, source, name = '', revision = 'main'] = match
  // It becomes the name of a file in the cache.
  if (!/^\w[\w./-]{0,199}$/.test(revision) || revision.split('/').some(part => part === '' || /^\.+$/.test(part)))
    throw new ModelError(`expected a branch, tag or commit behind @, got "${shown(revision)}"`)
  if (source === 'hf') {
    const [, repository, file] = /^([\w.-]+\/[\w.-]+)(?:\/([\w./-]+\.onnx))?$/.exec(name) ?? []
    if (repository === undefined || name.includes('..'))
      throw new ModelError(`expected hf:owner/name, hf:owner/name@revision or hf:owner/name/FILE.onnx, got "${place}"`)
    return { name: repository, revision, ...(file !== undefined && { file }) }
  }
  if (!/^\w+(?:\.\w+)?$/.test(name)) throw new ModelError(`expected timm:NAME or timm:NAME.TAG, got "${place}"`)
  const tag = DEFAULT_TAGS.find(([pattern]) => pattern.test(name))?.[1]
  if (!name.includes('.') && tag === undefined)
    throw new ModelError(`${place}: expected a name with its tag, such as timm:vit_base_patch16_224.dino`)
  return { name: `timm/${name.includes('.') ? name : `${name}.${tag}`}`, revision }
}

/** Repositories of supported models, for a list of what there is. */
export const HUB_EXAMPLES: readonly (readonly [spec: string, what: string])[] = [
  ['timm:vit_tiny_patch16_224', 'ViT-Ti/16, 5.7 M parameters'],
  ['timm:vit_small_patch16_224', 'ViT-S/16, 22 M'],
  ['timm:vit_base_patch16_224', 'ViT-B/16, 87 M'],
  ['timm:vit_large_patch16_224', 'ViT-L/16, 304 M'],
  ['timm:deit_base_patch16_224', 'DeiT-B/16, 87 M'],
  ['timm:deit_base_distilled_patch16_224', 'DeiT-B/16 with distillation token, 87 M'],
  ['timm:deit3_base_patch16_224', 'DeiT III-B/16, 87 M'],
  ['hf:google/vit-base-patch16-224', 'ViT-B/16, 87 M'],
  ['hf:facebook/deit-base-distilled-patch16-224', 'DeiT-B/16 with both heads, 87 M'],
  ['hf:facebook/dinov2-small-imagenet1k-1-layer', 'DINOv2-S/14, 22 M'],
  ['hf:facebook/dinov2-with-registers-small-imagenet1k-1-layer', 'DINOv2-S/14 with four registers, 22 M'],
]
