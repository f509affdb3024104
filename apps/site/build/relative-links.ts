import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AstroIntegration } from 'astro'
import { ROOT, wayToRoot } from '../src/shared/root.ts'

/** Makes every link of the built site relative, so that it works below any path. */
export function relativeLinks(): AstroIntegration {
  return {
    name: 'vitrine:relative-links',
    hooks: {
      'astro:config:setup': ({ command, updateConfig, addMiddleware }) => {
        if (command !== 'build') return
        updateConfig({ base: ROOT })
        // Pages while they are made: reading thousands of them again would take as long as making them.
        addMiddleware({ entrypoint: new URL('./relative-pages.ts', import.meta.url), order: 'pre' })
      },
      'astro:build:done': ({ dir }) => {
        const root = fileURLToPath(dir)
        for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
          if (!/\.(css|js)$/.test(path)) continue
          const text = readFileSync(root + path, 'utf8')
          if (text.includes(ROOT)) writeFileSync(root + path, text.replaceAll(ROOT, wayToRoot(path)))
        }
      },
    },
  }
}
