import { mkdirSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'

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
          response.end(await ('copy' in make ? readFile(make.copy) : make()))
        })
      },
      'astro:build:done': async ({ dir }) => {
        const folders = new Set<string>()
        const queue = (await load()).entries()
        // Pictures are compressed in other threads while the next files are made.
        const work = async () => {
          for (const [path, make] of queue) {
            const file = fileURLToPath(new URL(path, dir))
            const folder = dirname(file)
            if (!folders.has(folder)) mkdirSync(folder, { recursive: true })
            folders.add(folder)
            await ('copy' in make ? copyFile(make.copy, file) : writeFile(file, await make()))
          }
        }
        await Promise.all(Array.from({ length: 8 }, work))
      },
    },
  }
}
