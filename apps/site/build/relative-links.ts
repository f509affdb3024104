import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'

/** Stands in built files for the way to the site's root until that is known. */
const ROOT = '/vitrine-root/'

/** Makes every link of the built site relative, so that it works below any path. */
export function relativeLinks(): AstroIntegration {
  return {
    name: 'vitrine:relative-links',
    hooks: {
      'astro:config:setup': ({ command, updateConfig }) => {
        if (command === 'build') updateConfig({ base: ROOT })
      },
      'astro:build:done': ({ dir }) => {
        const root = fileURLToPath(dir)
        for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
          if (!/\.(html|css|js)$/.test(path)) continue
          const text = readFileSync(root + path, 'utf8')
          const depth = path.split(/[\\/]/).length - 1
          if (text.includes(ROOT)) writeFileSync(root + path, text.replaceAll(ROOT, '../'.repeat(depth) || './'))
        }
      },
    },
  }
}
