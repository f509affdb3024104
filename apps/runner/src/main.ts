import { Command, CommanderError } from 'commander'
import { failureOf } from './cli/error-text.ts'
import { tell } from './cli/terminal.ts'
import * as bench from './commands/bench.ts'
import * as conformance from './commands/conformance.ts'
import * as doctor from './commands/doctor.ts'
import * as explain from './commands/explain.ts'
import * as migrate from './commands/migrate.ts'
import * as models from './commands/models.ts'
import * as fresh from './commands/new.ts'
import * as perf from './commands/perf.ts'
import * as records from './commands/records.ts'
import * as remeasure from './commands/remeasure.ts'
import * as tfjsNative from './commands/tfjs-native.ts'
import * as verify from './commands/verify.ts'
import * as abpc from './study/abpc.ts'
import * as localization from './study/localization.ts'
import * as saveHeatmaps from './study/save-heatmaps.ts'

const vitrine = new Command('vitrine')
  .description('Benchmarks visual explanations of Vision Transformers.')
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()

const study = [localization, saveHeatmaps, abpc]
for (const command of [
  bench,
  explain,
  ...study,
  doctor,
  models,
  perf,
  records,
  remeasure,
  migrate,
  verify,
  fresh,
  conformance,
  tfjsNative,
])
  command.register(vitrine)

// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await vitrine.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

/** Prints what went wrong and answers with the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const { text, code } = failureOf(error)
  tell(text)
  return code
}
