import { mkdirSync, writeFileSync } from 'node:fs'
import { fromHere } from './arguments.ts'

/** Makes a folder for results where a user asked for it, with those above it. */
export function outputFolder(path: string): string {
  const folder = fromHere(path)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Writes a file of results. An error names it also where the disk is full, which Node.js says without a name. */
export function writeOutput(file: string, content: Uint8Array | string, options: { readonly flag?: 'wx' } = {}): void {
  try {
    writeFileSync(file, content, options)
  } catch (error) {
    throw error instanceof Error && !('path' in error) ? Object.assign(error, { path: file }) : error
  }
}
