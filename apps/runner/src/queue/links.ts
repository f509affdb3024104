import type { Transport, WorkerEvents, WorkerLink, WorkerSetup } from '../sweep/task.ts'

/** A process of this machine that has a model open on an engine. */
export interface Link {
  readonly worker: WorkerLink
  /** Who hears of what it does, while it works on a task. */
  readonly heard: { by: WorkerEvents | undefined }
}

/** Processes that are kept open from task to task: opening a model takes longer than many tasks do. */
export interface Links {
  /** An open process for the setup that does nothing else; one is started, in place of another where there are many. */
  take(setup: WorkerSetup): Promise<Link>
  /** Gives one back, to be kept or ended. */
  giveBack(link: Link, fate: 'keep' | 'end'): void
  /** Ends all of them at once. */
  end(): void
}

/** @param most processes that are open at once */
export function keepLinks(transport: Transport, most: number): Links {
  let idle: { readonly key: string; readonly link: Link }[] = []
  const taken = new Map<Link, string>()
  let starting = 0
  const end = ({ worker }: Link) => worker.kill('is not needed any more')

  async function start(setup: WorkerSetup): Promise<Link> {
    const heard: Link['heard'] = { by: undefined }
    const events: WorkerEvents = {
      rows: rows => heard.by?.rows(rows),
      passes: count => heard.by?.passes(count),
    }
    starting++
    try {
      return { worker: await transport.start(setup, events), heard }
    } finally {
      starting--
    }
  }

  return {
    async take(setup) {
      const key = JSON.stringify(setup)
      idle = idle.filter(({ link }) => !link.worker.lost)
      const found = idle.findLast(one => one.key === key)
      if (found) idle = idle.filter(one => one !== found)
      else if (idle.length + taken.size + starting >= most) {
        const oldest = idle.shift()
        if (oldest) end(oldest.link)
      }
      const link = found?.link ?? (await start(setup))
      taken.set(link, key)
      return link
    },
    giveBack(link, fate) {
      const key = taken.get(link)
      taken.delete(link)
      link.heard.by = undefined
      if (fate === 'keep' && key !== undefined && !link.worker.lost) idle.push({ key, link })
      else end(link)
    },
    end() {
      for (const { link } of idle.splice(0)) end(link)
      for (const link of taken.keys()) end(link)
    },
  }
}
