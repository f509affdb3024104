import type { Filter } from '../architecture/resize.ts'
import { Fields, type Hints, map, type PictureHints, present } from './fields.ts'
import { timmHints } from './timm-hints.ts'

const POOLS = { tok: 'class', avg: 'patch-mean' } as const

/** What an open_clip_config.json says of the image tower. */
export function openClipHints(fields: Fields): Hints {
  const model = fields.inner('model_cfg')
  const tower = model?.inner('vision_cfg')
  if (!model || !tower) return fields.fail('model_cfg', 'an object with a vision_cfg')
  if (tower.has('timm_model_name')) return timmTower(fields, tower)
  const width = tower.count('width')
  const headWidth = tower.count('head_width')?.value ?? 64
  const pictures = openClipPictures(fields)
  return present({
    family: { value: 'CLIP', from: `${fields.source}: model_cfg` },
    ...pictures,
    positionSize: pictures.imageSize,
    patchSize: tower.size('patch_size'),
    width,
    depth: tower.count('layers'),
    heads: map(width, w => Math.floor(w / headWidth)),
    mlpWidth: map(tower.number('mlp_ratio'), ratio => Math.trunc(ratio * (width?.value ?? Number.NaN))),
    // open_clip's default
    activation: {
      value: model.get('quick_gelu') === true ? 'quickgelu' : 'gelu',
      from: `${model.source}: quick_gelu`,
    },
    pooling: tower.fact('pool_type', Object.keys(POOLS).join(' or '), value =>
      value === 'tok' || value === 'avg' ? POOLS[value] : undefined,
    ),
    ...(tower.get('final_ln_after_pool') === true && {
      finalNorm: { value: 'pooled' as const, from: `${tower.source}: final_ln_after_pool` },
    }),
  })
}

/** A tower of timm's: `timm_proj` says what stands behind it. */
function timmTower(fields: Fields, tower: Fields): Hints {
  if (tower.get('timm_proj') === 'mlp') tower.fail('timm_proj', 'linear, none or null')
  const architecture = tower.get('timm_model_name')
  // Its tensors show the size of patches.
  const { patchSize: _, ...said } = timmHints(
    new Fields({ architecture, global_pool: tower.get('timm_pool') || undefined }, tower.source),
  )
  return { ...said, ...openClipPictures(fields) }
}

const FILTERS: readonly Filter[] = ['bilinear', 'bicubic', 'lanczos']
const MODES = { shortest: 'shortest-edge', squash: 'squash' } as const

/** What it says of pictures; open_clip's defaults where it says nothing. */
export function openClipPictures(fields: Fields): PictureHints {
  const imageSize = fields.inner('model_cfg')?.inner('vision_cfg')?.size('image_size')
  const cfg = fields.inner('preprocess_cfg')
  const filter = cfg?.fact('interpolation', FILTERS.join(', '), value => FILTERS.find(one => one === value))
  const mode = cfg?.fact('resize_mode', Object.keys(MODES).join(' or '), value =>
    value === 'shortest' || value === 'squash' ? MODES[value] : undefined,
  )
  return present({
    imageSize,
    ...cfg?.normalisation('mean', 'std'),
    fit: imageSize && {
      value: {
        mode: mode?.value ?? 'shortest-edge',
        size: imageSize.value,
        filter: filter?.value ?? 'bicubic',
        margin: 'half-even',
      },
      from: `${fields.source}: preprocess_cfg`,
    },
  })
}
