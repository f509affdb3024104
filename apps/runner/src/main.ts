import { readFileSync } from 'node:fs'
import { Command, CommanderError, type OutputConfiguration } from 'commander'
import { commands } from './commands/index.ts'

// A reader such as `head` that has seen enough closes our stdout early: exit code 0 then.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  const args = process.argv.slice(2)
  await (await vitrine(args)).parseAsync(args, { from: 'user' })
} catch (error) {
  process.exitCode = await report(error)
}

/** The program, with the options and the work of the one command that is asked for: `--help` loads no engine and no method. */
async function vitrine(args: readonly string[]): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const program = new Command('vitrine')
    .configureOutput(await fittingOutput())
    .description('Benchmarks visual explanations of Vision Transformers.')
    .version(version)
    .addHelpText('after', '\n`npx -y pnpm@12 vitrine COMMAND --help` says more about each.')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
  const asked = args[0] === 'help' ? args[1] : args[0]
  for (const [name, { description, load }] of Object.entries(commands)) {
    const command = program.command(name).description(description)
    if (name !== asked) continue
    const register = await load()
    register(command)
  }
  // The others have not said their arguments yet, so none are listed.
  return program.configureHelp({ subcommandTerm: command => command.name() })
}

/** Help and mistakes in options are broken at the columns of a terminal, as everything else that is told there. */
async function fittingOutput(): Promise<OutputConfiguration> {
  if (process.stdout.isTTY !== true && process.stderr.isTTY !== true) return {}
  const { columnsOf, shownOn } = await import('./cli/terminal.ts')
  const fitting = (stream: NodeJS.WriteStream) => (text: string) => void stream.write(shownOn(text, columnsOf(stream)))
  return { writeOut: fitting(process.stdout), writeErr: fitting(process.stderr) }
}

/** Prints what went wrong and answers with the exit code. */
async function report(error: unknown): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const [{ failureOf }, { tell }] = await Promise.all([import('./cli/error-text.ts'), import('./cli/terminal.ts')])
  const { text, code } = failureOf(error)
  tell(text)
  return code
}
