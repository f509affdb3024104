import { readFileSync } from 'node:fs'

/** A number that was raised: what, from which version to which, and why. */
export interface Change {
  readonly date: string
  readonly what: string
  readonly from: string
  readonly to: string
  readonly why: string
}

const file = new URL('../../../../../docs/methodology.md', import.meta.url)

/** The table behind "Changes" of docs/methodology.md, the latest first. */
export function changesOf(text: string): Change[] {
  const [, section = ''] = text.split('\n## Changes\n')
  const rows = section.split('\n').filter(line => line.startsWith('|'))
  return rows.slice(2).map(row => {
    const [date = '', what = '', from = '', to = '', why = ''] = row
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim().replaceAll('`', ''))
    return { date, what, from, to, why }
  })
}

export const changes: readonly Change[] = changesOf(readFileSync(file, 'utf8'))
