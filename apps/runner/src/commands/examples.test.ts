import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { noRedis, startRedis } from '../queue/testing-redis.ts'
import { newFolder, until } from '../sweep/testing-bench.ts'

// The commands of examples/scale, as their schedulers would run them, on a small sweep.

const folder = fileURLToPath(new URL('../../../../examples/scale/', import.meta.url))
const main = fileURLToPath(new URL('../main.ts', import.meta.url))
const example = (file: string) => parse(readFileSync(join(folder, file), 'utf8'))

/** `npx -y pnpm@12 bench` and `… vitrine` without the installation that they begin with. */
const shims = newFolder()
writeFileSync(
  join(shims, 'npx'),
  `#!/bin/sh
[ "$1 $2" = "-y pnpm@12" ] || { echo "expected npx -y pnpm@12, got npx $1 $2" >&2; exit 9; }
shift 2
[ "$1" = vitrine ] && shift
exec "${process.execPath}" "${main}" "$@"
`,
)
chmodSync(join(shims, 'npx'), 0o755)

function inShell(script: string, cwd: string, env: NodeJS.ProcessEnv = {}, timeout = 300_000) {
  return spawnSync('sh', ['-c', script], {
    ...{ cwd, timeout, encoding: 'utf8', killSignal: 'SIGTERM' },
    env: { ...process.env, PATH: `${shims}:${process.env.PATH}`, INIT_CWD: cwd, ...env },
  })
}

/** Turns a large sweep into a small one: what is given last holds. */
const SMALL =
  '--methods random --images 4 --batch 2 --datasets icon-scenes --models icon-vit --protocols paper --rounds 1'

test('tasks of a Slurm array make shards, which are merged', () => {
  const cwd = newFolder()
  for (const task of ['1', '2']) {
    const env = { SLURM_ARRAY_TASK_ID: task, SLURM_ARRAY_TASK_COUNT: '2', SLURM_CPUS_PER_TASK: '1' }
    const { status, stderr } = inShell(`bash ${join(folder, 'slurm.sh')} ${SMALL}`, cwd, env)
    assert.equal(status, 0, stderr)
  }
  const merge = /npx -y pnpm@12 vitrine merge .*/.exec(readFileSync(join(folder, 'slurm.sh'), 'utf8'))?.[0] ?? ''
  const { status, stdout, stderr } = inShell(merge, cwd)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /1 records joined from 2 folders/)
})

/** What `--dry-run` says of how many images a shard of the four has. */
const imagesOf = (text: string) => /1 records, (\d+) images/.exec(text)?.[1]

test('each job of a GitHub Actions matrix measures a shard, and as many as there are', () => {
  const { shard, merge } = example('github-actions.yml').jobs
  const shards: readonly number[] = shard.strategy.matrix.shard
  assert.deepEqual(
    shards,
    shards.map((_, i) => i + 1),
  )
  const command: string = shard.steps.find(({ run }: { run?: string }) => run?.includes(' bench ')).run
  const filled = command.replace(/\$\{\{ matrix\.shard \}\}/g, '2').replace(/\$\{\{ strategy\.job-total \}\}/g, '2')
  assert.ok(!filled.includes('{{'))
  const { status, stdout, stderr } = inShell(`${filled} ${SMALL} --dry-run`, newFolder())
  assert.deepEqual([status, imagesOf(stdout)], [0, '2'], stderr)
  assert.match(
    merge.steps.find(({ run }: { run?: string }) => run).run,
    /^npx -y pnpm@12 vitrine merge out\/shard-\* --out/,
  )
})

test('each pod of an Indexed Job measures a shard, and as many as there are', () => {
  const { spec } = example('kubernetes.yaml')
  const [{ command, env }] = spec.template.spec.containers
  assert.deepEqual([spec.completionMode, `${spec.completions}`], ['Indexed', env[0].value])
  const script = `${command[2].replace('--checkpoint /data/vit.pth', '')} ${SMALL} --dry-run`
  const { status, stdout, stderr } = inShell(script, newFolder(), { JOB_COMPLETION_INDEX: '1', SHARDS: '2' })
  assert.deepEqual([status, imagesOf(stdout)], [0, '2'], stderr)
})

test('the worker of compose.yaml works on its queue', { skip: noRedis }, async () => {
  const { services } = example('compose.yaml')
  assert.match(services.queue.command, /--appendonly yes --maxmemory-policy noeviction --requirepass/)
  assert.match(services.worker.environment.VITRINE_QUEUE, /^redis:\/\/:\$\{QUEUE_PASSWORD\}@queue:6379$/)
  await using redis = await startRedis({ password: 'a-word' })
  const worker = spawn('sh', ['-c', `exec ${services.worker.command}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${shims}:${process.env.PATH}`, VITRINE_QUEUE: redis.url },
  })
  let said = ''
  worker.stderr.on('data', chunk => {
    said += chunk
  })
  try {
    await until('the worker begins', () => said.includes('tasks at once, from redis://127.0.0.1'), 120)
  } finally {
    worker.kill('SIGKILL')
  }
})
