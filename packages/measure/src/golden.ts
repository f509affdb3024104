// The command `npx -y pnpm@12 golden` of this package: with `--write` it writes the golden values of a raised pipeline version, without it says what is wrong.
import { goldenProblems, pipelineValues, readGolden, writeGolden } from './pipeline/golden.ts'

if (import.meta.main) {
  const [golden, found] = [readGolden(), await pipelineValues()]
  const problems = goldenProblems(golden, found)
  const raised = golden === null || golden.version < found.version
  if (problems.length > 0 && raised && process.argv.includes('--write')) {
    writeGolden(found)
    process.stdout.write('written: pipeline\n')
  } else {
    for (const problem of problems) process.stderr.write(`[vitrine] [measure] golden: ${problem}\n`)
    process.stdout.write(problems.length === 0 ? 'the pipeline makes its golden values\n' : '')
    process.exitCode = problems.length === 0 ? 0 : 1
  }
}
