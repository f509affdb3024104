import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { WeightLocation, Weights } from '@vitrine/tensor'
import { sizeOf } from '@vitrine/tensor'
import { ModelError } from '../errors.ts'
import { openSafetensors, type TensorFile, writeSafetensors } from './tensor-file.ts'

// Less than this is converted again for each program that reads it.
const WORTH_A_COPY = 64 * 2 ** 20

/** Where copies are kept. */
export const copiesFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vitrine', 'float32')

/** Weights that are read from their file when they are asked for. */
export function fileWeights(file: TensorFile, id: string): Weights {
  return {
    id,
    get: name => ({ shape: file.shape(name), data: file.read(name) }),
    location: float32Places(file, id),
  }
}

/**
 * Where the arrays of a model lie as float32, so that an engine can map them and share them among its programs. Half-precision weights,
 * and queries, keys and values in separate arrays, lie nowhere as the program reads them: all weights are then copied once into a file of
 * the cache, which is written when it is first asked for. Where it cannot be written, such arrays have no place.
 */
export function float32Places(weights: TensorFile, id: string): (name: string) => WeightLocation | undefined {
  const bytes = weights.names
    .filter(name => weights.location(name) === undefined)
    .reduce((sum, name) => sum + 4 * sizeOf(weights.shape(name)), 0)
  if (bytes < WORTH_A_COPY) return name => weights.location(name)
  let copy: TensorFile | undefined
  let tried = false
  return name => {
    if (!tried) copy = copyOf(weights, id)
    tried = true
    return (copy ?? weights).location(name)
  }
}

function copyOf(weights: TensorFile, id: string): TensorFile | undefined {
  const shapes = new Map(weights.names.map(name => [name, weights.shape(name)]))
  const key = createHash('sha256')
    .update(JSON.stringify([id, ...shapes]))
    .digest('hex')
  const path = join(copiesFolder(), `${key}.safetensors`)
  const whole = openWhole(path)
  if (whole) return whole
  const unfinished = `${path}.${process.pid}`
  try {
    mkdirSync(copiesFolder(), { recursive: true })
    removeUnfinished()
    writeSafetensors(unfinished, shapes, name => weights.read(name))
    renameSync(unfinished, path)
  } catch {
    if (existsSync(unfinished)) rmSync(unfinished)
    return undefined
  }
  return openSafetensors(path)
}

/** A copy that is there and whole; one that was cut is written again. */
function openWhole(path: string): TensorFile | undefined {
  if (!existsSync(path)) return undefined
  try {
    return openSafetensors(path)
  } catch (error) {
    if (error instanceof ModelError) return undefined
    throw error
  }
}

/** Copies that a process began and did not live to finish. */
function removeUnfinished(): void {
  for (const name of readdirSync(copiesFolder())) {
    const writer = /^[0-9a-f]{64}\.safetensors\.(\d+)$/.exec(name)?.[1]
    if (writer !== undefined && !isAlive(Number(writer))) rmSync(join(copiesFolder(), name), { force: true })
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    // Somebody else's process.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
