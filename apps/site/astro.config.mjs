import { fileURLToPath } from 'node:url'
import { defineConfig } from 'astro/config'
import { external } from './build/external.ts'
import { files } from './build/files.ts'
import { relativeLinks } from './build/relative-links.ts'

process.env.ASTRO_TELEMETRY_DISABLED = '1'
process.env.VITRINE_RESULTS ??= fileURLToPath(new URL('../../results', import.meta.url))

export default defineConfig({
  // `about.html` and not `about/`: a link then names a file, which every file server has.
  // Boards wait for their ranking, which is made in another thread; more pages at once than there are boards leave none of the rest waiting,
  // and far more would leave the threads without answers.
  build: { format: 'file', assets: 'assets', inlineStylesheets: 'never', concurrency: 192 },
  devToolbar: { enabled: false },
  integrations: [relativeLinks(), files()],
  vite: {
    plugins: [external()],
    build: { assetsInlineLimit: 0 },
    // Parts of the playground's worker are loaded when they are needed. File servers know .js, and not all know .mjs.
    worker: {
      format: 'es',
      rollupOptions: {
        output: {
          assetFileNames: ({ names: [name = ''] }) =>
            `assets/[name]-[hash]${name.endsWith('.mjs') ? '.js' : '[extname]'}`,
        },
      },
    },
  },
})
