/**
 * Golden maps: the maps of each bundled method for one image of noise on the conformance models, computed in float64 by the reference
 * interpreter and stored with six significant digits in `golden/ID.json`. They keep a declared `version` honest: a test fails where a
 * method computes other maps under the same version. Code that is moved, renamed or adds in another order computes the same maps.
 *
 *     npx -y pnpm@12 exec node packages/explainers/src/golden.ts [METHOD …]            compares methods with their golden maps; all if none is named
 *     npx -y pnpm@12 exec node packages/explainers/src/golden.ts --write [METHOD …]    writes those of methods that are new or have another version
 * @module
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { explainWith } from './conformance/explain.ts'
import { mainSubject, otherKinds, plain, type RandomModel } from './conformance/models.ts'
import type { Explainer } from './contract/explainer.ts'
import { type OptionValue, resolveOptions } from './contract/options.ts'
import { ExplainerError, UnsupportedError } from './errors.ts'
import { methodIdentity } from './identity.ts'
import { explainers } from './registry.ts'

/** A map as text, rows separated by semicolons, or why the model is refused. */
export type GoldenMap = string | { readonly refused: string }

/** The golden maps of one method. */
export interface Golden {
  readonly version: number
  /** By the model's name, and the option where it is not the default: `class token [headFusion=max]`. */
  readonly maps: Readonly<Record<string, GoldenMap>>
}

const DIGITS = 6
/** How far two numbers may be apart: one unit of the last digit, and what another order of sums makes of a map in float64. */
const TOLERANCE = { ofNumber: 1.1 * 10 ** (1 - DIGITS), ofMap: 1e-9 }

const folder = new URL('../golden/', import.meta.url)
const fileOf = (id: string): URL => new URL(`${id}.json`, folder)

/** Methods that have golden maps, by id. */
export const goldenIds = (): string[] =>
  readdirSync(folder)
    .filter(name => name.endsWith('.json'))
    .map(name => name.slice(0, -'.json'.length))

/** The golden maps of a method as they lie in the folder. */
export const storedGolden = (id: string): Golden | undefined =>
  existsSync(fileOf(id)) ? JSON.parse(readFileSync(fileOf(id), 'utf8')) : undefined

/** The golden maps of a method in the last commit; `undefined` where there are none, or no git. */
export function committedGolden(id: string): Golden | undefined {
  try {
    const cwd = fileURLToPath(folder)
    return JSON.parse(
      execFileSync('git', ['show', `HEAD:./${id}.json`], {
        cwd,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
  } catch {
    return undefined
  }
}

/** What a method computes: all models with the default options, and its main one with every other value that an option declares. */
export async function goldenOf(explainer: Explainer): Promise<Golden> {
  const main = mainSubject(explainer)
  const cases: { name: string; subject: RandomModel; given: Record<string, OptionValue> }[] = [
    ...[plain, ...otherKinds].map(subject => ({ name: subject.name, subject, given: {} })),
    ...Object.entries(explainer.options).flatMap(([option, { others }]) =>
      others.map(value => ({
        name: `${main.name} [${option}=${value}]`,
        subject: main,
        given: { [option]: value },
      })),
    ),
  ]
  const maps: Record<string, GoldenMap> = {}
  for (const { name, subject, given } of cases) maps[name] = await mapOf(explainer, subject, given)
  return { version: methodIdentity(explainer)?.version ?? 1, maps }
}

// On three of the four models the image makes this class more probable, so that methods that search for evidence find some.
const CLASS = 1

async function mapOf(
  explainer: Explainer,
  subject: RandomModel,
  given: Readonly<Record<string, OptionValue>>,
): Promise<GoldenMap> {
  const options = resolveOptions(explainer.id, explainer.options, given)
  try {
    const map = await explainWith(subject, { key: explainer.id, explainer, options })([0], [CLASS])
    return textOf(map, subject)
  } catch (error) {
    if (error instanceof UnsupportedError) return { refused: error.message }
    throw error
  }
}

function textOf(map: readonly number[], { model: { grid, input } }: RandomModel): string {
  const columns = map.length === grid.rows * grid.columns ? grid.columns : input.imageSize.width
  const rows = Array.from({ length: map.length / columns }, (_, row) => map.slice(row * columns, (row + 1) * columns))
  return rows.map(row => row.map(x => String(Number(x.toPrecision(DIGITS)))).join(' ')).join('; ')
}

const numbersOf = (text: string): number[] => text.split(/;? /).map(Number)

/** A case whose map changed. */
interface Change {
  readonly name: string
  readonly how: string
}

/** The cases that both have and whose maps differ by more than rounding. */
export const changesOf = (found: Golden, stored: Golden): Change[] =>
  Object.entries(stored.maps).flatMap(([name, before]) => {
    const after = found.maps[name]
    const how = after === undefined ? undefined : change(after, before)
    return how === undefined ? [] : [{ name, how }]
  })

function change(after: GoldenMap, before: GoldenMap): string | undefined {
  if (typeof after !== 'string')
    return typeof before !== 'string' && after.refused === before.refused ? undefined : `refused: "${after.refused}"`
  if (typeof before !== 'string') return `explained, and was refused: "${before.refused}"`
  const [a, b] = [numbersOf(after), numbersOf(before)]
  if (a.length !== b.length) return `${a.length} numbers instead of ${b.length}`
  const largest = Math.max(...b.map(Math.abs))
  const differences = b.map((x, i) => Math.abs(x - (a[i] ?? Number.NaN)))
  const same = differences.every((d, i) => d <= TOLERANCE.ofNumber * Math.abs(b[i] ?? 0) + TOLERANCE.ofMap * largest)
  if (same) return undefined
  const most = Math.max(...differences)
  return largest > 0 ? `by ${(most / largest).toExponential(1)} of its largest value` : `by ${most}, and was zero`
}

/** The golden maps of a method from three places. */
export interface GoldenState {
  /** What the code computes. */
  readonly found: Golden
  /** What lies in the folder. */
  readonly stored: Golden | undefined
  /** What the last commit holds. */
  readonly committed: Golden | undefined
}

/** What does not fit together, each with what to do; nothing where all is well. */
export function goldenProblems(id: string, { found, stored, committed }: GoldenState): string[] {
  const file = `packages/explainers/src/methods/${id}.ts`
  if (!stored) return [`${id}: expected golden maps in golden/${id}.json, found none: run \`npx -y pnpm@12 golden\``]
  if (found.version !== stored.version)
    return [
      `${id}: ${file} is version ${found.version}, golden/${id}.json is version ${stored.version}: ${
        found.version > stored.version ? `run \`npx -y pnpm@12 golden\`` : 'restore the file that is wrong'
      }`,
    ]
  const problems = changesOf(found, stored).map(
    ({ name, how }) =>
      `${id}: the map of "${name}" changed: ${how}. Either raise \`version\` to ${stored.version + 1} in ${file} and run \`npx -y pnpm@12 golden\`, or restore what the method computed`,
  )
  if (committed?.version === stored.version)
    for (const { name, how } of changesOf(stored, committed))
      problems.push(
        `${id}: golden/${id}.json has another map of "${name}" than the last commit (${how}) and the same version: raise \`version\` to ${stored.version + 1} in ${file} and run \`npx -y pnpm@12 golden\`, or restore the golden maps`,
      )
  if (problems.length === 0 && Object.keys(found.maps).join() !== Object.keys(stored.maps).join())
    problems.push(`${id}: its models or options are not those in golden/${id}.json: run \`npx -y pnpm@12 golden\``)
  return problems
}

/**
 * Writes the golden maps of a method. Returns whether the file changed.
 *
 * @throws {ExplainerError} where maps differ from those that are stored or committed under the same version
 */
export function writeGolden(id: string, { found, stored, committed }: GoldenState): boolean {
  const before = stored ?? committed
  if (before && found.version < before.version)
    throw new ExplainerError(
      `${id}: expected version ${before.version} or above, as in golden/${id}.json, got ${found.version}`,
    )
  const raised = before && found.version > before.version
  const changed = before && !raised ? changesOf(found, before) : []
  if (changed.length > 0)
    throw new ExplainerError(
      `${id}: ${changed.length} maps changed (the first: "${changed[0]?.name}", ${changed[0]?.how}): raise \`version\` in packages/explainers/src/methods/${id}.ts to ${found.version + 1} first`,
    )
  // Where the version is the same, what is stored stays to the last digit.
  const maps = raised ? found.maps : { ...found.maps, ...kept(before?.maps ?? {}, found.maps) }
  const text = `${JSON.stringify({ version: found.version, maps }, null, 2)}\n`
  if (stored && readFileSync(fileOf(id), 'utf8') === text) return false
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileOf(id), text)
  return true
}

const kept = (maps: Golden['maps'], names: Golden['maps']): Golden['maps'] =>
  Object.fromEntries(Object.entries(maps).filter(([name]) => name in names))

/** All three places of one method. */
export const goldenState = async (explainer: Explainer): Promise<GoldenState> => ({
  found: await goldenOf(explainer),
  stored: storedGolden(explainer.id),
  committed: committedGolden(explainer.id),
})

if (import.meta.main) {
  const write = process.argv[2] === '--write'
  const asked = process.argv.slice(write ? 3 : 2)
  const unknown = asked.filter(id => !explainers.some(e => e.id === id))
  if (unknown.length > 0) throw new ExplainerError(`expected bundled methods, got ${unknown.join(', ')}`)
  const problems: string[] = []
  for (const explainer of explainers.filter(e => asked.length === 0 || asked.includes(e.id))) {
    const state = await goldenState(explainer)
    if (!write) problems.push(...goldenProblems(explainer.id, state))
    else
      try {
        if (writeGolden(explainer.id, state)) process.stdout.write(`golden/${explainer.id}.json\n`)
      } catch (error) {
        if (!(error instanceof ExplainerError)) throw error
        problems.push(error.message)
      }
  }
  process.stderr.write(problems.map(problem => `${problem}\n`).join(''))
  process.exitCode = problems.length > 0 ? 1 : 0
}
