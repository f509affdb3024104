import { writeFileSync } from 'node:fs'
import { parityDocument } from './document.ts'
import { arithmetics, type Finding, measure } from './measure.ts'

const findings: Finding[][] = []
for (const arithmetic of arithmetics) findings.push(await measure(arithmetic))
writeFileSync(new URL('../../../../docs/parity.md', import.meta.url), parityDocument(findings))
const failed = findings.flat().filter(f => !f.agrees)
for (const { comparison, error } of failed)
  process.stderr.write(
    `${comparison.method} ${JSON.stringify(comparison.options ?? {})}: ${error?.toExponential(1)} from ${comparison.reference}\n`,
  )
process.exitCode = failed.length > 0 ? 1 : 0
