import { readFileSync } from 'node:fs'

/**
 * The text of a module to start from, for `new dataset NAME`: a reader of a folder of pictures with a table of labels and boxes, which passes
 * conformance as it is.
 *
 * @param kind lower-case words joined by hyphens
 * @param bundled whether it goes among the bundled readers, which import their neighbours
 */
export function datasetSource(kind: string, bundled = false): string {
  const words = kind.replaceAll('-', ' ')
  return readFileSync(new URL('templates/folder-and-table.ts', import.meta.url), 'utf8')
    .replace("'@vitrine/datasets'", bundled ? "'../plugin.ts'" : "'@vitrine/datasets'")
    .replaceAll('my-dataset', kind)
    .replaceAll('My dataset', words.charAt(0).toUpperCase() + words.slice(1))
}
