import type { Redis } from 'ioredis'
import type { WorkerNews } from './fleet.ts'
import { workersOf } from './fleet.ts'

/** A worker and how fast it is. */
export interface CrewMember extends WorkerNews {
  /** Images per second since it was first seen here. */
  readonly rate: number
}

export interface Watch {
  /** What is refused, once each. */
  readonly note: (text: string) => void
  /** Who is there, every so often. */
  readonly crew: (members: readonly CrewMember[]) => void
  /** Seconds between two reports of the crew. */
  readonly every: number
}

/** Seconds between two looks. */
const LOOK = 2

/** Looks after the workers while a coordinator waits. @returns what ends it */
export function watchCrew(client: Redis, { note, crew, every }: Watch): () => void {
  const told = new Set<string>()
  const firsts = new Map<string, { readonly images: number; readonly at: number }>()
  let last = performance.now()
  let looking = false

  async function look(): Promise<void> {
    const now = performance.now()
    const workers = await workersOf(client)
    for (const { id, refusals } of workers)
      for (const reason of refusals) {
        const text = `${id} refuses: ${reason}`
        if (!told.has(text)) note(text)
        told.add(text)
      }
    const members = workers.map(worker => {
      const first = firsts.get(worker.id) ?? { images: worker.images, at: now }
      firsts.set(worker.id, first)
      return { ...worker, rate: now > first.at ? ((worker.images - first.images) * 1000) / (now - first.at) : 0 }
    })
    if (now - last < every * 1000) return
    last = now
    crew(members)
  }

  const timer = setInterval(() => {
    // A queue that does not answer is told by its connection; looks do not pile up meanwhile.
    if (looking) return
    looking = true
    look()
      .catch(() => {})
      .finally(() => {
        looking = false
      })
  }, LOOK * 1000)
  return () => clearInterval(timer)
}

/** A worker in words. */
export function memberLine({ id, tasks, images, busy, timing, rate }: CrewMember): string {
  const does = timing ? 'times methods' : busy.map(({ model, dataset, engine }) => `${model} on ${dataset}, ${engine}`)
  const what = typeof does === 'string' ? does : [...new Set(does)].join('; ') || 'nothing to do'
  return `${id}: ${what}; ${rate.toFixed(2)} images/s, ${images} images in ${tasks} tasks so far`
}

/** A worker for programs. */
export const memberFacts = ({ id, engines, tasks, images, busy, timing, rate, refusals }: CrewMember) => ({
  ...{ id, engines: engines.map(one => `${one.id}:${one.engine}`), tasks, images, rate, timing, refusals },
  busy: busy.map(({ model, dataset, engine }) => ({ model, dataset, engine })),
})
