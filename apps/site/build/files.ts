import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'
import type { FromRecord } from '../src/data/files/files.ts'

const types: Readonly<Record<string, string>> = {
  '.webp': 'image/webp',
  '.json': 'application/json',
  '.csv': 'text/csv; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.parquet': 'application/vnd.apache.parquet',
}

/** Writes what is not a page (pictures, maps, downloads) beside the pages; in development, answers with it. */
export function files(): AstroIntegration {
  let outDir: URL
  let written: Promise<void>
  return {
    name: 'vitrine:files',
    hooks: {
      'astro:server:setup': ({ server }) => {
        server.middlewares.use(async (request, response, next) => {
          const path = decodeURI(new URL(request.url ?? '/', 'http://site').pathname.slice(1))
          const { downloads, files } = await import('../src/data/files/files.ts')
          const download = (await downloads()).get(path)
          const make = (await files()).get(path)
          if (!download && !make) return next()
          response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream')
          response.end(await (download ? textOf(download) : make?.()))
        })
      },
      'astro:config:done': ({ config }) => {
        outDir = config.outDir
      },
      // The folder is empty now, and no page is made yet: threads write while the main thread makes pages.
      'astro:build:setup': () => {
        written = write(outDir)
        written.catch(() => undefined) // It is waited for below.
      },
      'astro:build:done': async () => {
        await written
        await (await import('../src/data/load/threads.ts')).endThreads()
      },
    },
  }
}

async function textOf({ record, as }: FromRecord): Promise<string> {
  const text = await readFile(record, 'utf8')
  if (as === 'json') return text
  const { recordCsv } = await import('../src/data/files/csv.ts')
  return recordCsv(JSON.parse(text))
}

/** Files that are waited for: threads make them while the main thread, busy with pages, seldom looks. */
const AT_ONCE = 64

async function write(dir: URL): Promise<void> {
  const { loadSite } = await import('../src/data/load/index.ts')
  const { standingsOf } = await import('../src/data/boards/standings.ts')
  const { downloads, files } = await import('../src/data/files/files.ts')
  const { inThreads } = await import('../src/data/load/threads.ts')
  const folders = new Set<string>()
  const placed = (path: string): string => {
    const file = fileURLToPath(new URL(path, dir))
    const folder = dirname(file)
    if (!folders.has(folder)) mkdirSync(folder, { recursive: true })
    folders.add(folder)
    return file
  }
  const copy = async () => {
    const fromRecords = [...(await downloads())].map(([path, from]) => ({ ...from, to: placed(path) }))
    await inThreads(new URL('../src/data/files/write.worker.ts', import.meta.url), fromRecords)
  }
  const make = async () => {
    const queue = (await files()).entries()
    const work = async () => {
      for (const [path, bytes] of queue) writeFileSync(placed(path), await bytes())
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }
  // Pages wait for the ranking, so threads do that first.
  const { boards } = await loadSite()
  await Promise.all([...boards.map(standingsOf), copy(), make()])
}
