import { mkdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'
import type { FromRecord } from '../src/data/files.ts'

const types: Readonly<Record<string, string>> = {
  '.webp': 'image/webp',
  '.json': 'application/json',
  '.csv': 'text/csv; charset=utf-8',
}

/** Writes what is not a page (pictures, maps, downloads) beside the pages; in development, answers with it. */
export function files(): AstroIntegration {
  const load = async () => (await import('../src/data/files.ts')).files()
  return {
    name: 'vitrine:files',
    hooks: {
      'astro:server:setup': ({ server }) => {
        server.middlewares.use(async (request, response, next) => {
          const path = decodeURI(new URL(request.url ?? '/', 'http://site').pathname.slice(1))
          const make = (await load()).get(path)
          if (!make) return next()
          response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream')
          response.end(await (typeof make === 'function' ? make() : download(make)))
        })
      },
      'astro:build:done': async ({ dir }) => {
        const { inThreads } = await import('../src/data/threads.ts')
        const folders = new Set<string>()
        const placed = (path: string): string => {
          const file = fileURLToPath(new URL(path, dir))
          const folder = dirname(file)
          if (!folders.has(folder)) mkdirSync(folder, { recursive: true })
          folders.add(folder)
          return file
        }
        const all = [...(await load())]
        const downloads = all.flatMap(([path, make]) =>
          typeof make === 'function' ? [] : [{ ...make, to: placed(path) }],
        )
        const written = inThreads(new URL('../src/data/write.worker.ts', import.meta.url), downloads)
        const queue = all.values()
        // Pictures are compressed in other threads while the next files are made.
        const work = async () => {
          for (const [path, make] of queue) {
            if (typeof make === 'function') await writeFile(placed(path), await make())
          }
        }
        await Promise.all([written, ...Array.from({ length: 8 }, work)])
      },
    },
  }
}

async function download({ record, as }: FromRecord): Promise<string> {
  const text = await readFile(record, 'utf8')
  if (as === 'json') return text
  const { recordCsv } = await import('../src/data/csv.ts')
  return recordCsv(JSON.parse(text))
}
