import type { Answered, Asked, Tasks } from './statistics.worker.ts'

let worker: Worker | undefined
let questions = 0
const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>()

function start(): Worker {
  const made = new Worker(new URL('./statistics.worker.ts', import.meta.url), { type: 'module' })
  made.addEventListener('message', ({ data: { id, answer } }: MessageEvent<Answered>) => {
    waiting.get(id)?.resolve(answer)
    waiting.delete(id)
  })
  made.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(`statistics: ${message}`))
    waiting.clear()
  })
  return made
}

/** Computes something in the page's worker, which is started when it is first needed. */
export function inWorker<Name extends keyof Tasks>(
  name: Name,
  ...words: Parameters<Tasks[Name]>
): Promise<Awaited<ReturnType<Tasks[Name]>>> {
  worker ??= start()
  const id = questions++
  const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  worker.postMessage({ id, name, words } satisfies Asked<Name>)
  return answer as Promise<Awaited<ReturnType<Tasks[Name]>>>
}
