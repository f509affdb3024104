import { fileURLToPath } from 'node:url'
import type { Dataset } from '@vitrine/datasets'
import type { MethodChoice } from '@vitrine/explainers'
import { codeHash, moduleOf } from '@vitrine/measure/node'
import type { LocalPlaces } from './task.ts'

/** Where this machine has datasets and the files of methods, as its workers need to know. */
export function placesOf(datasets: ReadonlyMap<string, Dataset>, methods: readonly MethodChoice[]): LocalPlaces {
  const modules = methods.flatMap(({ explainer }) => {
    const file = moduleOf(explainer)
    return file ? [[codeHash(explainer), fileURLToPath(file)] as const] : []
  })
  return {
    datasets: Object.fromEntries([...datasets].map(([spec, { id }]) => [id, spec])),
    modules: Object.fromEntries(modules),
  }
}
