/** How every command of the project begins: `-y`, because `npx` otherwise stops to ask. */
export const PNPM = 'npx -y pnpm@12'

/** A word as a POSIX shell reads it back: as it is where that is safe, otherwise in single quotes. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
