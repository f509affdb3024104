import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { groupVersions, metricGroups } from '../groups.ts'
import type { MetricGroup } from '../types.ts'
import { type Found, goldenColumns } from './columns.ts'

/** `golden/<group>.json`: the exact values of a group's stored columns, and the version of the group that made them. */
interface GoldenFile {
  readonly version: number
  /** SHA-256 of `cases`: says that they are those that the version was written with. */
  readonly digest: string
  readonly cases: Found
}

/** Where the golden files are. */
export const goldenFolder = new URL('../../golden/', import.meta.url)

const fileOf = (group: MetricGroup) => new URL(`${group}.json`, goldenFolder)
const digestOf = (found: Found): string => createHash('sha256').update(JSON.stringify(found)).digest('hex')

function read(group: MetricGroup): GoldenFile | null {
  const file = fileOf(group)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as GoldenFile) : null
}

/** Names in a list, the first few only. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join('; ')
  return names.length > 3 ? `${shown}; and ${names.length - 3} more` : shown
}

const versionFile = (group: MetricGroup) => `packages/metrics/src/${group}/version.ts`
const goldenFile = (group: MetricGroup) => `packages/metrics/golden/${group}.json`

/** The golden cases whose columns are others, and which columns those are. A case that is gone has changed. */
function changesOf(golden: Found, found: Found): { cases: string[]; columns: string[] } {
  const columns = new Set<string>()
  const cases = Object.entries(golden).flatMap(([name, expected]) => {
    const actual = found[name] ?? {}
    const differing = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].filter(
      column => expected[column] !== actual[column],
    )
    for (const column of differing) columns.add(column)
    return differing.length > 0 ? [name] : []
  })
  return { cases, columns: [...columns] }
}

/** What is to be done about a group: nothing, to write its golden file, or what the problem says. */
type Finding = { readonly kind: 'same' } | { readonly kind: 'unwritten' | 'refused'; readonly problem: string }

function judge(group: MetricGroup, found: Found): Finding {
  const golden = read(group)
  const version = groupVersions[group]
  const [file, number] = [goldenFile(group), versionFile(group)]
  if (golden === null) return { kind: 'unwritten', problem: `${group} has no golden values: run npx -y pnpm@12 golden` }
  if (version > golden.version)
    return {
      kind: 'unwritten',
      problem: `the version of ${group} is ${version}, and ${file} was written by version ${golden.version}: run npx -y pnpm@12 golden`,
    }
  if (version < golden.version)
    return {
      kind: 'refused',
      problem: `the version of ${group} is ${version}, and ${file} was written by version ${golden.version}: a version is never lowered, see ${number}`,
    }
  const { cases, columns } = changesOf(golden.cases, found)
  if (golden.digest !== digestOf(golden.cases))
    return {
      kind: cases.length === 0 ? 'unwritten' : 'refused',
      problem: `${file} has other values than version ${version} was written with: restore it, or raise the version of ${group} in ${number} and run npx -y pnpm@12 golden`,
    }
  if (cases.length > 0)
    return {
      kind: 'refused',
      problem:
        `${group} changed in ${cases.length} of ${Object.keys(golden.cases).length} cases ` +
        `(${some(cases)}), in ${some(columns)}: raise the version of ${group} in ${number} and run npx -y pnpm@12 golden, or restore the code`,
    }
  const more = Object.keys(found).filter(name => !Object.hasOwn(golden.cases, name))
  if (more.length === 0) return { kind: 'same' }
  return {
    kind: 'unwritten',
    problem: `${group} has cases without golden values (${some(more)}): run npx -y pnpm@12 golden`,
  }
}

/** What is wrong with each group's golden values, in words that say what to do; nothing for a group that computes what it did. */
export function goldenProblems(): Partial<Record<MetricGroup, string>> {
  const problems = metricGroups.flatMap(group => {
    const finding = judge(group, goldenColumns(group, goldenFolder))
    return finding.kind === 'same' ? [] : [[group, finding.problem] as const]
  })
  return Object.fromEntries(problems)
}

/**
 * Writes the golden files of groups that are new, whose version was raised, or that have new cases. Values of a version that was written
 * before are never replaced.
 *
 * @returns the groups written, and the problems of those that were refused
 */
export function writeGolden(): { readonly written: MetricGroup[]; readonly refused: string[] } {
  const [written, refused]: [MetricGroup[], string[]] = [[], []]
  for (const group of metricGroups) {
    const cases = goldenColumns(group, goldenFolder)
    const finding = judge(group, cases)
    if (finding.kind === 'refused') refused.push(finding.problem)
    if (finding.kind !== 'unwritten') continue
    const file: GoldenFile = { version: groupVersions[group], digest: digestOf(cases), cases }
    writeFileSync(fileOf(group), `${JSON.stringify(file, null, 2)}\n`)
    written.push(group)
  }
  return { written, refused }
}
