import { goldenProblems, writeGolden } from './golden/golden.ts'

// The command `npx -y pnpm@12 golden`: with `--write` it writes the golden values of raised versions, without it says what is wrong with them.
if (import.meta.main) {
  if (process.argv.includes('--write')) {
    const { written, refused } = writeGolden()
    console.log(written.length > 0 ? `written: ${written.join(', ')}` : 'nothing to write')
    for (const problem of refused) console.error(`[vitrine] [metrics] golden: ${problem}`)
    if (refused.length > 0) process.exitCode = 1
  } else {
    const problems = Object.values(goldenProblems())
    for (const problem of problems) console.error(`[vitrine] [metrics] golden: ${problem}`)
    console.log(problems.length === 0 ? 'every group computes its golden values' : `${problems.length} groups differ`)
    if (problems.length > 0) process.exitCode = 1
  }
}
