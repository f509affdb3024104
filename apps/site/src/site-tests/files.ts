import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { test } from 'node:test'
import { recordFiles } from '@vitrine/records'
import { MOST_MEMORY } from '../testing/build.ts'
import { pages, RETIRED, results, site } from '../testing/site.ts'

test('the published records build within 2.6 GB, each into its page', t => {
  const { seconds, cpuSeconds, memory } = site().built
  const mebibytes = `${(memory / 2 ** 20).toFixed(0)} MiB`
  t.diagnostic(`${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor), ${mebibytes}`)
  assert.ok(memory > 0 && memory < MOST_MEMORY, mebibytes)
  const records = recordFiles(results)
  assert.equal(pages().filter(path => path.startsWith('records')).length, records.length + RETIRED.length)
})

test('every internal link, picture and script resolves, and to an element where it names one', () => {
  const files = new Set(
    readdirSync(site().folder, { recursive: true, encoding: 'utf8' }).map(path => path.replaceAll('\\', '/')),
  )
  const idsOf = new Map<string, Set<string>>()
  const ids = (path: string) => {
    const known = idsOf.get(path)
    if (known) return known
    const found = new Set(readFileSync(join(site().folder, path), 'utf8').match(/(?<=\sid=")[^"]+/g))
    idsOf.set(path, found)
    return found
  }
  const broken: string[] = []
  for (const page of pages()) {
    const html = readFileSync(join(site().folder, page), 'utf8')
    for (const [, link = ''] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(https?|data|mailto):/.test(link)) continue
      // The page of what is missing is shown at any depth, so its links begin at the server's root.
      const own = page === '404.html' ? link.replace(/^\/board\//, '') : link
      const [path = '', hash] = own.replaceAll('&amp;', '&').split('#')
      const target =
        path === '' ? page : posix.normalize(posix.join(dirname(page), decodeURI(path.split('?')[0] ?? '')))
      if (own.startsWith('/') || !files.has(target)) broken.push(`${page}: ${link}`)
      else if (hash && !ids(target).has(decodeURIComponent(hash))) broken.push(`${page}: ${link}`)
    }
  }
  assert.deepEqual(broken.slice(0, 10), [])
})

test('no page claims what was not tested, and none has the old words', () => {
  const banned = /fails sanity check|>verified<|the ceiling|9007199254740991|et al\.\.|explains nothing|npx (?!-y )pnpm/
  const found = pages().flatMap(path => {
    // The code of a method is shown as it is.
    const html = readFileSync(join(site().folder, path), 'utf8').replaceAll(
      /<pre tabindex="0"><code>\s*import[\s\S]*?<\/code>/g,
      '',
    )
    return banned.exec(html)?.[0] ?? []
  })
  assert.deepEqual([...new Set(found)], [])
})
