import { type Command, Option } from 'commander'
import type { Redis } from 'ioredis'
import { known } from '../cli/arguments.ts'
import { queueOption } from '../cli/options.ts'
import { print, printJson, tell } from '../cli/terminal.ts'
import { textTable } from '../cli/text-table.ts'
import { connect, type QueueAddress, readAddress } from '../queue/address.ts'
import { drain, pause, type QueueStatus, resume, retry, statusOf } from '../queue/manage.ts'
import { QUEUE_VARIABLE } from '../queue/names.ts'

interface QueueArguments {
  readonly queue: string | true | undefined
  readonly json: boolean
}

type Action = (address: QueueAddress, client: Redis, args: QueueArguments) => Promise<string>

const actions: Readonly<Record<string, Action>> = {
  async status(address, client, { json }) {
    const status = await statusOf(address, client)
    if (!json) return statusText(status)
    printJson(status)
    return ''
  },
  drain: async (address, client) => `${await drain(address, client)} tasks were taken off the queue`,
  retry: async (address, client) => `${await retry(address, client)} parked tasks are offered again`,
  pause: async (address, client) => `${await pause(address, client)} engines paused`,
  resume: async (address, client) => `${await resume(address, client)} engines go on`,
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .argument('<action>', Object.keys(actions).join(', '))
    .addOption(queueOption())
    .addOption(new Option('--json', 'the status as one line of JSON').default(false))
    .addHelpText(
      'after',
      `
status  what waits, what is measured, what is parked and why, and who works
drain   takes everything off the queue but what is being measured
retry   offers parked tasks again; the next bench of the same sweep takes their
        rows
pause   workers begin nothing more
resume  workers go on

Examples:
  npx -y pnpm@12 vitrine queue status --queue redis://10.0.0.5
      once
  ${QUEUE_VARIABLE}=redis://:password@10.0.0.5 npx -y pnpm@12 vitrine queue retry
      the address is not seen in the list of processes

Exit code: 0 done, 1 the queue cannot be had, 2 wrong usage.`,
    )
    .action(async (action: string, options: QueueArguments) => {
      const act = actions[known('action', action, Object.keys(actions))]
      const address = readAddress(options.queue === true ? undefined : options.queue)
      const client = await connect(address, tell)
      try {
        const text = await act?.(address, client, options)
        if (text) print(text)
      } finally {
        client.disconnect()
      }
    })
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  textTable(
    heads.map((head, i) => ({ head, align: i === 0 ? 'left' : 'right' })),
    rows,
  )

function statusText({ queues, workers }: QueueStatus): string {
  if (queues.length === 0 && workers.length === 0) return 'Nothing is on the queue, and nobody works.'
  const tasks = table(
    ['engine', 'waiting', 'active', 'done', 'parked', ''],
    queues.map(({ engine, waiting, active, done, parked, paused }) => [
      ...[engine, `${waiting}`, `${active}`, `${done}`, `${parked}`, paused ? 'paused' : ''],
    ]),
  )
  const parked = queues.flatMap(({ engine, latest }) =>
    latest.map(({ id, reason }) => `parked  ${engine} ${id}: ${reason}`),
  )
  const crew = table(
    ['worker', 'engines', 'at once', 'busy', 'tasks', 'images', 'images/s'],
    workers.map(({ id, engines, concurrency, busy, tasks, images, uptime, timing }) => [
      ...[id, engines.map(one => `${one.id}:${one.engine}`).join(' '), `${concurrency}`],
      ...[timing ? 'timing' : `${busy.length}`, `${tasks}`, `${images}`, (images / uptime).toFixed(2)],
    ]),
  )
  const refused = workers.flatMap(({ id, refusals }) => refusals.map(reason => `refused  ${id}: ${reason}`))
  return [tasks, ...parked, crew, ...refused].join('\n')
}
