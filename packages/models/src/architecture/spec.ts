import { ModelError } from '../errors.ts'
import type { Size } from './config.ts'

/** What may be said of a model in brackets: `FILE[size=384, heads=6, mean=imagenet, head=linear.pth]`. */
export interface SpecOptions {
  /** Pixels that the model is run with, where they are not its own. */
  readonly size?: Size
  readonly heads?: number
  /** Normalisation: ImageNet's mean and standard deviation, or 0.5 and 0.5. */
  readonly mean?: 'imagenet' | 'half'
  /** A file with the linear classifier of a backbone that has none. */
  readonly head?: string
}

export interface ModelSpec {
  /** A bundled id, a path, `hf:owner/name[@revision]` or `timm:NAME`. */
  readonly place: string
  readonly options: SpecOptions
}

const OPTIONS: Readonly<Record<keyof SpecOptions, { expected: string; read: (text: string) => unknown }>> = {
  size: {
    expected: 'pixels such as 384 or 224x448 (height x width)',
    read(text) {
      const match = /^(\d+)(?:x(\d+))?$/.exec(text)
      const height = Number(match?.[1])
      return match && height > 0 ? { height, width: Number(match[2] ?? height) } : undefined
    },
  },
  heads: { expected: 'a whole number', read: text => (/^[1-9]\d*$/.test(text) ? Number(text) : undefined) },
  mean: { expected: 'imagenet or half', read: text => (text === 'imagenet' || text === 'half' ? text : undefined) },
  head: { expected: 'a file', read: text => text || undefined },
}

/** Reads `PLACE[option=value,…]`. */
export function parseSpec(spec: string): ModelSpec {
  const match = /^(.+?)(?:\[([^[\]]*)\])?$/.exec(spec.trim())
  if (!match) throw new ModelError(`expected a model such as icon-vit, hf:owner/name or a file, got "${spec}"`)
  const options: Record<string, unknown> = {}
  for (const pair of (match[2] ?? '').split(',').filter(text => text.trim() !== '')) {
    const [name = '', value = ''] = pair.split('=', 2).map(text => text.trim())
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof SpecOptions] : undefined
    if (!option) throw new ModelError(`${spec}: unknown option "${name}"; known: ${Object.keys(OPTIONS).join(', ')}`)
    options[name] =
      option.read(value) ??
      (() => {
        throw new ModelError(`${spec}: ${name}: expected ${option.expected}, got "${value}"`)
      })()
  }
  return { place: match[1] ?? '', options: options as SpecOptions }
}
