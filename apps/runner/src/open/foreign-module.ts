import { writeSync } from 'node:fs'

let loading: readonly string[] = []
let write = process.stdout.write

/**
 * Imports a file that is not the project's. What it prints meanwhile goes to stderr, since stdout is the command's result. A file that ends the
 * process, or that waits for something that never comes, is said and is no success.
 *
 * @param subject how to name the file in such a message
 */
export async function importForeign(url: URL, subject: string): Promise<{ readonly default?: unknown }> {
  if (loading.length === 0) {
    write = process.stdout.write
    process.stdout.write = process.stderr.write.bind(process.stderr)
    process.on('exit', refuse)
  }
  loading = [...loading, subject]
  try {
    return await import(url.href)
  } finally {
    loading = loading.toSpliced(loading.indexOf(subject), 1)
    if (loading.length === 0) {
      process.stdout.write = write
      process.off('exit', refuse)
    }
  }
}

function refuse(): void {
  writeSync(2, `${loading.join(', ')} ended the process while it was loaded, or waits for ever\n`)
  process.exitCode = 2
}
