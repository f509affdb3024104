import { ModelError } from '../errors.ts'
import type { Size } from './config.ts'

/** What may be said of a model in brackets: `FILE[size=384, heads=6, pool=mean, mean=imagenet, head=linear.pth]`. */
export interface SpecOptions {
  /** Pixels that the model is run with, where they are not its own. */
  readonly size?: Size
  readonly heads?: number
  /** What the head reads: the class token, the mean of the patches, or both side by side. */
  readonly pool?: 'token' | 'mean' | 'both'
  /** Rows and columns of patches that the position embeddings were trained with. */
  readonly grid?: { readonly rows: number; readonly columns: number }
  /** Normalisation: mean and standard deviation of ImageNet, 0.5 and 0.5, those of CLIP, or 0 and 1. */
  readonly mean?: 'imagenet' | 'half' | 'clip' | 'none'
  /** Which of several models of a file: what stands before its names, without the last dot. */
  readonly weights?: string
  /** A file with the linear classifier of a backbone that has none. */
  readonly head?: string
}

export interface ModelSpec {
  /** A bundled id, a path, `hf:owner/name[@revision]` or `timm:NAME`. */
  readonly place: string
  readonly options: SpecOptions
}

interface Option<T> {
  /** In words, with an example. */
  readonly expected: string
  readonly read: (text: string) => T | undefined
}

const oneOf = <T extends string>(...words: readonly T[]): Option<T> => ({
  expected: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
  read: text => words.find(word => word === text),
})

const text = (expected: string): Option<string> => ({ expected, read: value => value || undefined })

/** Every option, how it is written and read. */
export const specOptions: { readonly [K in keyof SpecOptions]-?: Option<NonNullable<SpecOptions[K]>> } = {
  size: {
    expected: 'pixels such as 384 or 224x448 (height x width)',
    read(value) {
      const match = /^(\d+)(?:x(\d+))?$/.exec(value)
      const height = Number(match?.[1])
      return match && height > 0 ? { height, width: Number(match[2] ?? height) } : undefined
    },
  },
  heads: {
    expected: 'a whole number',
    read: value => (/^[1-9]\d{0,3}$/.test(value) ? Number(value) : undefined),
  },
  pool: oneOf('token', 'mean', 'both'),
  grid: {
    expected: 'rows x columns of patches such as 14x14',
    read(value) {
      const match = /^([1-9]\d*)x([1-9]\d*)$/.exec(value)
      return match ? { rows: Number(match[1]), columns: Number(match[2]) } : undefined
    },
  },
  mean: oneOf('imagenet', 'half', 'clip', 'none'),
  weights: text("what stands before the model's names in the file"),
  head: text('a file'),
}

const isOption = (name: string): name is keyof SpecOptions => Object.hasOwn(specOptions, name)

/** Reads `PLACE[option=value,…]`. */
export function parseSpec(spec: string): ModelSpec {
  const match = /^(.+?)(?:\[([^[\]]*)\])?$/.exec(spec.trim())
  if (!match) throw new ModelError(`expected a model such as icon-vit, hf:owner/name or a file, got "${spec}"`)
  const options: Record<string, unknown> = {}
  for (const pair of (match[2] ?? '').split(',').filter(part => part.trim() !== '')) {
    const [name = '', ...rest] = pair.split('=').map(part => part.trim())
    if (!isOption(name))
      throw new ModelError(`${spec}: unknown option "${name}"; known: ${Object.keys(specOptions).join(', ')}`)
    const { expected, read } = specOptions[name]
    const value = read(rest.join('='))
    if (value === undefined) throw new ModelError(`${spec}: ${name}: expected ${expected}, got "${rest.join('=')}"`)
    options[name] = value
  }
  return { place: match[1] ?? '', options }
}
