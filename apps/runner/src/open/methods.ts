import {
  type Explainer,
  ExplainerError,
  explainers,
  isForTexts,
  methodIdentity,
  resolveOptions,
} from '@vitrine/explainers'
import type { MethodChoice } from '@vitrine/explainers/run'
import { codeHash, moduleOf, sourceOf } from '@vitrine/measure/node'
import type { Model } from '@vitrine/models'
import { known, splitList, UsageError } from '../cli/arguments.ts'
import type { MethodRef } from '../sweep/task.ts'
import { loadPlugin } from './plugins.ts'

/** The bundled methods and those of the given modules, each a file with an explainer as its default export. */
export async function loadExplainers(modules: readonly string[]): Promise<readonly Explainer[]> {
  const loaded = await Promise.all(modules.map(file => loadPlugin('explainer', file)))
  const all = [...explainers, ...loaded]
  const twice = all.find((e, i) => all.findIndex(other => other.id === e.id) !== i)
  if (twice) throw new UsageError(`--explainer: the id "${twice.id}" is already taken`)
  return all
}

/** The methods of the study that this project starts from, and the controls that every method must beat. */
const USUAL = ['agcam', 'attention-rollout', 'transformer-attribution', 'random', 'center-gaussian', 'whole-image']

/**
 * Methods from a list such as `agcam,attention-rollout[discardRatio=0.9,headFusion=max]`. `all` is every method that is given or
 * bundled, but those for texts where none of the models has classes that are texts; `default` those of the study, three controls, and those
 * that are given.
 */
export function chooseMethods(
  text: string,
  all: readonly Explainer[],
  models: readonly Pick<Model, 'transformer'>[] = [],
): MethodChoice[] {
  const names = all.map(e => e.id)
  const haveTexts = models.some(({ transformer }) => transformer.can['text-head'] === true)
  const every = all.filter(e => haveTexts || !explainers.includes(e) || !isForTexts(e)).map(e => e.id)
  const usual = all.filter(e => USUAL.includes(e.id) || !explainers.includes(e)).map(e => e.id)
  const items = splitList(text).flatMap(item => (item === 'all' ? every : item === 'default' ? usual : [item]))
  if (items.length === 0) throw new UsageError(`expected at least one method. Known: ${names.join(', ')}.`)
  const choices = items.map(item => {
    const match = /^([^[\]]+)(?:\[(.*)\])?$/.exec(item)
    if (!match) throw new UsageError(`--methods: expected NAME or NAME[option=value,…], got "${item}"`)
    const id = known('method', match[1] ?? '', names)
    const explainer = all.find(e => e.id === id)
    if (!explainer) throw new UsageError(`unknown method "${id}"`)
    return choiceOf(explainer, parseOptions(match[2] ?? ''))
  })
  return choices.filter((c, i) => choices.findIndex(other => other.key === c.key) === i)
}

/** A method with its options, as a worker is told of it: a bundled one by its version, any other by its source. */
export function methodRef({ explainer, options }: MethodChoice): MethodRef {
  const version = methodIdentity(explainer)?.version ?? null
  const source = moduleOf(explainer) ? sourceOf(explainer) : undefined
  return { id: explainer.id, options: { ...options }, version, code: codeOf(explainer), source }
}

/** Hash of the source of a method that declares no version. */
export const codeOf = (explainer: Explainer): string | null => (methodIdentity(explainer) ? null : codeHash(explainer))

/** A method with options: those that are not given have their defaults. */
export function choiceOf(explainer: Explainer, given: Readonly<Record<string, unknown>>): MethodChoice {
  try {
    const options = resolveOptions(explainer.id, explainer.options, given)
    const changed = Object.entries(options).filter(([name, value]) => value !== explainer.options[name]?.default)
    const suffix = changed.map(([name, value]) => `${name}=${value}`).join(',')
    return { key: suffix === '' ? explainer.id : `${explainer.id}[${suffix}]`, explainer, options }
  } catch (error) {
    if (error instanceof ExplainerError) throw new UsageError(error.message)
    throw error
  }
}

function parseOptions(text: string): Record<string, unknown> {
  return Object.fromEntries(
    splitList(text).map(pair => {
      const [name = '', value = ''] = pair.split('=', 2)
      const number = Number(value)
      if (value === 'true' || value === 'false') return [name, value === 'true']
      return [name, value !== '' && !Number.isNaN(number) ? number : value]
    }),
  )
}
