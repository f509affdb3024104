import { availableParallelism } from 'node:os'
import type { Precision } from '@vitrine/backends/core'
import { Option } from 'commander'
import { QUEUE_VARIABLE } from '../queue/names.ts'
import { wholeNumber } from './arguments.ts'

// Options that several commands take, each with one meaning. A new one for every command: commander keeps state in them.

const collect = (value: string, list: readonly string[]): string[] => [...list, value]

/** An option that may be given several times. */
export const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; may be repeated`).argParser(collect).default([])

/** An option with a whole number of at least `minimum`. */
export const count = (flags: string, description: string, preset: number, minimum = 1): Option =>
  new Option(flags, description).argParser(wholeNumber(flags.split(' ')[0] ?? flags, minimum)).default(preset)

export const explainerOption = (): Option => repeated('--explainer <file>', 'a module with a method of your own')

export const metricOption = (): Option => repeated('--metric <file>', 'a module with a metric of your own')

export const readerOption = (): Option =>
  repeated('--dataset <file>', 'a module with a kind of dataset of your own, which --datasets KIND:PATH then opens')

export const checkpointOption = (): Option =>
  repeated('--checkpoint <file>', 'a file or folder of weights to explain, instead of the named models')

export const threadsOption = (): Option => count('--threads <n>', 'threads of the engine', availableParallelism())

/** `single` or `double`; if absent, what the command takes. */
export const precisionOption = (description: string): Option =>
  new Option('--precision <which>', description).choices(['single', 'double'] satisfies Precision[])

export const queueOption = (): Option =>
  new Option('--queue [url]', `redis://… or rediss://… of the queue; without a url, that of ${QUEUE_VARIABLE}`)

export const quietOption = (): Option => new Option('--quiet', 'no progress on stderr').default(false)

export const wideOption = (): Option =>
  new Option('--wide', 'tables with all of their columns, also where the terminal has no room for them').default(false)
