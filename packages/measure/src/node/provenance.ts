import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Packages whose code decides what is stored. */
const MEASURING = ['@vitrine/metrics', '@vitrine/measure'] as const

let digest: string | undefined

/** SHA-256 of the source files that make numbers of maps: provenance, and no part of a record's identity. */
export function measuringCode(): string {
  digest ??= createHash('sha256')
    .update(MEASURING.flatMap(name => sourcesOf(name)).join('\0'))
    .digest('hex')
  return digest
}

function sourcesOf(name: string): string[] {
  const folder = new URL('.', import.meta.resolve(name))
  return readdirSync(fileURLToPath(folder), { recursive: true, encoding: 'utf8' })
    .filter(path => /(?<!\.test)\.ts$/.test(path) && !/^(testing|golden)\b/.test(path))
    .sort()
    .map(path => readFileSync(new URL(path, folder), 'utf8'))
}
