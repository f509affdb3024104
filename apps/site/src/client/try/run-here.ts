import type { RunsHere } from '../../data/maps/drilldown.ts'
import { Engine } from './engine.ts'
import type { Answered, MadeMap } from './messages.ts'
import { pixelsOf } from './picture.ts'

/** Computes published maps again in the visitor's browser. */
export interface Recomputed {
  /** @throws {Error} saying why it cannot be done here */
  map(method: string, target: number): Promise<MadeMap>
}

/** @param tell is told of what is loaded, in words */
export async function recompute(files: RunsHere, id: string, tell: (words: string) => void): Promise<Recomputed> {
  const root = document.documentElement.dataset.root ?? ''
  const here = (path: string) => new URL(root + path, location.href).href
  let settle: { resolve(made: MadeMap): void; reject(reason: Error): void } | undefined
  const engine = new Engine({ weights: here(files.weights), config: here(files.config) }, (answer: Answered) => {
    if (answer.kind === 'loading') tell(`Loading ${answer.what} …`)
    if (answer.kind === 'failed' || answer.kind === 'unable') settle?.reject(new Error(answer.reason))
    if (answer.kind === 'map' && answer.question === engine.question) settle?.resolve(answer)
  })
  const picture = await (await fetch(here(files.picture))).blob()
  engine.look(await pixelsOf(picture, id), id)
  return {
    map: (method, target) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        // As the published map was made.
        engine.explain([target], [method], 'single')
      }),
  }
}
