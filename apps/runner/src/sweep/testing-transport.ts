import type { ImageRow } from '@vitrine/records'
import { type Task, type Transport, type WorkerLink, WorkerLostError, type WorkerSetup } from './task.ts'

/** Something that a fake worker does: at each of these it can be lost. */
export interface Moment {
  readonly what: 'open' | 'describe' | 'measure' | 'row' | 'startTiming' | 'round' | 'endTiming' | 'close'
  /** Before it is done, or when it is done and the answer is on its way. */
  readonly when: 'before' | 'after'
  /** The number of the worker, in the order of their starts. */
  readonly worker: number
  readonly setup: WorkerSetup
  readonly task?: Task | undefined
  /** Of the timing: the methods that are timed. */
  readonly timed?: readonly string[]
}

/** What happens at a moment: nothing, the loss of the worker, or an error that a method throws. */
export type Fate = 'nothing' | 'lost' | Error

/** Workers in memory that make rows of nothing, and meet their fate at chosen moments. */
export interface FakeTransport extends Transport {
  /** Workers that were started and neither lost nor closed. */
  readonly open: number
}

/** @param fate is asked at every moment, one after the other */
export function fakeTransport(fate: (moment: Moment) => Fate = () => 'nothing'): FakeTransport {
  let workers = 0
  const open = new Set<number>()
  return {
    get open() {
      return open.size
    },
    async start(setup, events) {
      const worker = workers++
      open.add(worker)
      let stopped = false
      let timed: readonly string[] = []
      const lost = () => !open.has(worker)
      const expectThere = () => {
        if (lost()) throw new WorkerLostError(`worker ${worker} is lost`)
      }
      const meet = async (what: Moment['what'], when: Moment['when'], task?: Task): Promise<void> => {
        await Promise.resolve()
        expectThere()
        const met = fate({ what, when, worker, setup, task, timed })
        if (met === 'lost') open.delete(worker)
        if (met instanceof Error) throw met
        // An answer that is on its way arrives.
        if (when === 'before') expectThere()
      }
      const around = async <T>(what: Moment['what'], work: () => T | Promise<T>, task?: Task): Promise<T> => {
        await meet(what, 'before', task)
        const answer = await work()
        await meet(what, 'after', task)
        return answer
      }
      const [id = 'onnx', engine = 'cpu'] = setup.engine.split(':')
      const facts = {
        engine: { id, engine, version: '1', threads: setup.threads },
        unavailable: undefined,
      }
      await around('open', () => {})
      return {
        facts,
        get lost() {
          return lost()
        },
        kill: () => void open.delete(worker),
        describe: methods =>
          around('describe', () =>
            methods.map(({ id }) => ({ key: id, program: 'p', relativeFlops: 1, unsupported: undefined })),
          ),
        measure: task =>
          around(
            'measure',
            async () => {
              for (const index of task.wanted) {
                if (stopped) return
                await meet('row', 'before', task)
                events.passes(1)
                events.rows(task.units.map(unit => rowOf(unit.id, index)))
                await meet('row', 'after', task)
                expectThere()
              }
            },
            task,
          ),
        async stop() {
          stopped = true
        },
        startTiming(methods) {
          timed = methods.map(({ id }) => id)
          return around('startTiming', () => {})
        },
        timeRound: round =>
          around('round', () => ({
            forward: 1 + round,
            methods: Object.fromEntries(timed.map(id => [id, 2 + round])),
          })),
        endTiming: () => around('endTiming', () => {}),
        async close() {
          if (lost()) return
          await meet('close', 'before').catch(() => {})
          open.delete(worker)
        },
      } satisfies WorkerLink
    },
  }
}

const rowOf = (unit: string, index: number): ImageRow => ({
  ...{ unit, index, id: `image ${index}`, label: 1, predicted: 1, probability: 0.5 },
  values: { correct: true, passes: 3, explanations: 0 },
})

/** A fate for each moment at which something can happen in `work`: found by letting nothing happen first. */
export async function momentsOf(work: (fate: (moment: Moment) => Fate) => Promise<unknown>): Promise<Moment[]> {
  const moments: Moment[] = []
  await work(moment => {
    moments.push(moment)
    return 'nothing'
  })
  return moments
}

/** Lets a fate befall the moments of the given numbers. */
export function atMoments(numbers: readonly number[], what: Fate = 'lost'): (moment: Moment) => Fate {
  let number = 0
  return () => (numbers.includes(number++) ? what : 'nothing')
}
