import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What a site was built from, and where it is: what a citation needs. */
export interface Source {
  readonly version: string
  /** The commit, with `-dirty` behind it where files differ from it; `null` outside of a git checkout. */
  readonly commit: string | null
  /** Day of the commit, as 2026-11-30; `null` outside of a git checkout. */
  readonly date: string | null
  /** Where the code is; `null` where package.json names no repository. */
  readonly repository: string | null
  /** The site's own address with a slash at its end; `null` where it is not known while the site is built. */
  readonly address: string | null
}

const root = fileURLToPath(new URL('../../../../../', import.meta.url))

interface Package {
  readonly version: string
  readonly homepage?: string
  readonly repository?: string | { readonly url: string }
}

let found: Source | undefined

/** What this site is built from: the checkout, and `homepage` and `repository` of its package.json; `VITRINE_ADDRESS` goes before `homepage`. */
export function siteSource(): Source {
  found ??= sourceOf(JSON.parse(readFileSync(`${root}package.json`, 'utf8')), process.env.VITRINE_ADDRESS)
  return found
}

export function sourceOf({ version, homepage, repository }: Package, given?: string): Source {
  const code = typeof repository === 'object' ? repository.url : repository
  return {
    version,
    commit: git('describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'),
    date: git('log', '-1', '--format=%cs'),
    repository: code === undefined ? null : webAddress(code, 'repository').replace(/\.git$/, ''),
    address:
      (given || homepage) === undefined ? null : webAddress(given || homepage || '', 'address').replace(/\/?$/, '/'),
  }
}

function webAddress(text: string, what: string): string {
  const address = text.replace(/^git\+/, '')
  if (URL.parse(address)?.protocol.startsWith('http')) return address
  throw new Error(
    `[vitrine] [site] ${what}: expected an address that begins with https:, got "${text}": change it in package.json or VITRINE_ADDRESS`,
  )
}

function git(...words: readonly string[]): string | null {
  try {
    return (
      execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null
    )
  } catch {
    return null
  }
}

/** When a file was last changed. */
export interface Changed {
  readonly commit: string
  readonly date: string
}

const MARK = '\u0001'

/** The last commit of every file below a folder, by its absolute path; empty where the folder is in no git checkout. */
export function lastChanges(folder: string): ReadonlyMap<string, Changed> {
  const dir = resolve(folder)
  const lines = git('log', `--format=${MARK}%h %cs`, '--name-only', '--relative', '--', relative(root, dir) || '.')
  const changes = new Map<string, Changed>()
  let current: Changed | undefined
  for (const line of lines?.split('\n') ?? []) {
    if (line.startsWith(MARK)) {
      const [commit = '', date = ''] = line.slice(1).split(' ')
      current = { commit, date }
    } else if (line !== '' && current) {
      const file = resolve(root, line)
      if (!changes.has(file)) changes.set(file, current)
    }
  }
  return changes
}
