import { fileURLToPath } from 'node:url'

const own = ['data', 'charts'].map(name => fileURLToPath(new URL(`../src/${name}/`, import.meta.url)))
const packages = /^(@vitrine\/|@observablehq\/plot$|jsdom$|sharp$|temml$)/

/**
 * Leaves what pages import for their build to Node.js: the workspace's packages, which find their own files beside themselves, and
 * `src/data/` and `src/charts/`, which so are one module for the pages and for the files that are written beside them.
 */
export function external() {
  return {
    name: 'vitrine:external',
    enforce: 'pre' as const,
    async resolveId(
      this: {
        environment: { name: string }
        resolve(id: string, importer?: string, options?: object): Promise<{ id: string } | null>
      },
      id: string,
      importer: string | undefined,
    ) {
      if (this.environment.name === 'client') return undefined
      if (packages.test(id)) return { id: import.meta.resolve(id), external: 'absolute' as const }
      if (!id.startsWith('.')) return undefined
      const found = await this.resolve(id, importer, { skipSelf: true })
      if (!found || !own.some(folder => found.id.startsWith(folder))) return undefined
      return { id: new URL(`file://${found.id}`).href, external: 'absolute' as const }
    },
  }
}
