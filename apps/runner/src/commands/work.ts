import { hostname } from 'node:os'
import { checkBackend } from '@vitrine/backends/node'
import type { EngineFacts } from '@vitrine/measure'
import { type Command, Option } from 'commander'
import { fromHere, splitList, UsageError } from '../cli/arguments.ts'
import { count, queueOption, quietOption, repeated, threadsOption } from '../cli/options.ts'
import { tell } from '../cli/terminal.ts'
import { connect, QueueError, readAddress } from '../queue/address.ts'
import { QUEUE_VARIABLE } from '../queue/names.ts'
import { work } from '../queue/work.ts'
import { engineFacts } from '../sweep/engine-facts.ts'
import { environment } from '../sweep/environment.ts'
import { forkedWorkers } from '../sweep/forked.ts'
import { interruptible } from '../sweep/interrupt.ts'
import { nameOf } from '../sweep/plan.ts'
import { benchDefaults } from './bench.ts'

interface WorkArguments {
  readonly queue: string | true | undefined
  readonly backends: string
  readonly roots: readonly string[]
  readonly concurrency: number
  readonly threads: number
  readonly allowCode: boolean
  readonly patience: number
  readonly lock: number
  readonly quiet: boolean
}

/** Adds the options and the work to the command. */
export function register(command: Command): void {
  command
    .addOption(queueOption())
    .option('--backends <list>', 'engines whose tasks are done', benchDefaults.backends)
    .addOption(
      repeated(
        '--roots <id=path>',
        'where this machine has a dataset, by the id that records give it, or a model, by the name of its file',
      ),
    )
    .addOption(count('--concurrency <n>', 'tasks of each engine at once, each in a process of its own', 4))
    .addOption(threadsOption())
    .addOption(new Option('--allow-code', 'run methods, metrics and kinds of data that come with tasks').default(false))
    .addOption(
      count(
        '--patience <seconds>',
        'how long a process may run without a forward pass or an answer before it is ended',
        benchDefaults.patience,
      ),
    )
    .addOption(count('--lock <seconds>', 'how long this worker may be out of reach before its tasks go to others', 30))
    .addOption(quietOption())
    .addHelpText(
      'after',
      `
Examples:
  npx -y pnpm@12 vitrine work --queue redis://10.0.0.5
      the tasks of a bench that was given the same --queue
  npx -y pnpm@12 vitrine work --queue redis://10.0.0.5 --backends onnx:cpu
      --roots ilsvrc=/data/ILSVRC --roots vit.pth=/data/vit.pth
      where this machine has a dataset and a model
  ${QUEUE_VARIABLE}=redis://:password@10.0.0.5 npx -y pnpm@12 vitrine work --queue
      the address is not seen in the list of processes

It works until it is interrupted; tasks that it has begun then go to others.
With --allow-code, whoever can write to the queue can run anything here.
Exit code: 0 interrupted, 1 the queue or every engine cannot be had, 2 wrong
usage.`,
    )
    .action(async options => {
      process.exitCode = await runWorker(options)
    })
}

/** Does tasks from a queue until it is interrupted. Returns the exit code. */
export async function runWorker(args: WorkArguments): Promise<number> {
  const address = readAddress(args.queue === true ? undefined : args.queue)
  const roots = readRoots(args.roots)
  const note = (text: string) => (args.quiet ? undefined : tell(text))
  const engines = await enginesHere(args.backends, args.threads, note)
  const concurrency = Math.min(args.concurrency, args.threads)
  const threads = Math.floor(args.threads / concurrency)
  const client = await connect(address, note)
  const interruption = interruptible(() => note('Stopping; what was begun goes to other workers.'))
  const id = `${hostname()}-${process.pid}`
  note(`${id}: ${engines.map(nameOf).join(', ')}, ${concurrency} tasks at once, from ${address.shown}`)
  try {
    await work(address, client, {
      ...{ id, host: hostname(), machine: environment(), engines, concurrency, lock: args.lock, note },
      premises: { roots, allowCode: args.allowCode, threads },
      transport: forkedWorkers({ patience: args.patience }),
      stopped: interruption.stopped,
    })
    return 0
  } finally {
    interruption.end()
    client.disconnect()
  }
}

function readRoots(given: readonly string[]): Readonly<Record<string, string>> {
  const entries = given.map(text => {
    const [, id, place = ''] = /^([^=]+)=(.+)$/s.exec(text) ?? []
    if (id === undefined) throw new UsageError(`--roots: expected ID=PATH such as ilsvrc=/data/ILSVRC, got "${text}"`)
    const [, kind = '', path = place] = /^([a-z0-9-]+:)(.+)$/s.exec(place) ?? []
    return [id, `${kind}${fromHere(path)}`] as const
  })
  return Object.fromEntries(entries)
}

/** The engines that this machine has, of those asked for. */
async function enginesHere(list: string, threads: number, note: (text: string) => void): Promise<EngineFacts[]> {
  const found: EngineFacts[] = []
  for (const spec of new Set(splitList(list))) {
    await checkBackend(spec)
    const { unavailable, ...facts } = await engineFacts(spec, threads)
    if (unavailable === undefined) found.push(facts)
    else note(unavailable)
  }
  if (found.length === 0)
    throw new QueueError(`--backends ${list}: expected an engine that this machine has, found none`)
  return found
}
