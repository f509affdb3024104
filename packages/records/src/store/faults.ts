import { SqliteError } from 'better-sqlite3'
import { DrizzleError } from 'drizzle-orm'
import { type Fault, RecordError } from '../record/errors.ts'

type Meaning = Required<Pick<Fault, 'expected' | 'remedy'>> & Partial<Pick<Fault, 'found'>>

/** What to do about a store that cannot be read. */
export const REBUILD =
  'put back a copy of it, or move it away and run `npx -y pnpm@12 vitrine rebuild`, which makes it again from the record files in results/'
const MAKE_ROOM = 'make room; the same command then goes on with what is stored'
const ALLOW = 'change the permissions, or choose another place'

const damaged: Meaning = { expected: 'an undamaged database of records', remedy: REBUILD }
const full: Meaning = { expected: 'room on the disk', found: 'a full disk', remedy: MAKE_ROOM }
const barred: Meaning = { expected: 'a file and a folder that can be written', remedy: ALLOW }
const locked: Meaning = {
  expected: 'to get the lock on the database',
  found: 'that another program holds the lock',
  remedy: 'end that program and give the same command again; what is stored is kept',
}

/** By the first two parts of SQLite's code. */
const ofSqlite: Readonly<Record<string, Meaning>> = {
  SQLITE_NOTADB: { ...damaged, expected: 'an SQLite database', found: 'another file, or a damaged one' },
  SQLITE_CORRUPT: damaged,
  SQLITE_FORMAT: damaged,
  SQLITE_SCHEMA: damaged,
  SQLITE_ERROR: damaged,
  SQLITE_CONSTRAINT: damaged,
  SQLITE_MISMATCH: damaged,
  SQLITE_RANGE: damaged,
  SQLITE_TOOBIG: damaged,
  SQLITE_BUSY: locked,
  SQLITE_LOCKED: locked,
  SQLITE_PROTOCOL: locked,
  SQLITE_FULL: full,
  SQLITE_READONLY: barred,
  SQLITE_CANTOPEN: barred,
  SQLITE_PERM: barred,
  SQLITE_AUTH: barred,
  SQLITE_IOERR: {
    expected: 'a disk that can be read and written',
    remedy: `see whether the disk is full or fails; if the file is damaged, ${REBUILD}`,
  },
}

/** By the code of Node.js's file system. */
const ofFiles: Readonly<Record<string, Meaning>> = {
  ENOSPC: full,
  EDQUOT: { ...full, found: 'that the quota is used up' },
  EACCES: barred,
  EPERM: barred,
  EROFS: barred,
  ENOTDIR: { expected: 'a folder', remedy: 'choose another place: a file lies where a folder is needed' },
  EEXIST: { expected: 'a folder', remedy: 'choose another place: a file lies where a folder is needed' },
  EISDIR: { expected: 'a file', remedy: 'name a file in that folder' },
  ENOENT: { expected: 'a file', found: 'nothing', remedy: 'see whether the path is right' },
}

/**
 * Runs `work` on `file`, and turns the errors of SQLite, of the file system and of damaged JSON inside a database into a `RecordError` that
 * names the file and says what to do. Any other error is a fault of the program and passes as it is.
 */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asRecordError(error, file)
  }
}

function asRecordError(error: unknown, file: string): unknown {
  // Drizzle puts an error of its own around some of SQLite's.
  const origin = error instanceof DrizzleError ? error.cause : error
  const meaning = meaningOf(origin)
  if (!meaning || !(origin instanceof Error)) return error
  return new RecordError({ file, field: '', found: origin.message, ...meaning }, { cause: error })
}

function meaningOf(error: unknown): Meaning | undefined {
  if (error instanceof SqliteError) {
    const kind = error.code.split('_').slice(0, 2).join('_')
    return ofSqlite[kind] ?? { expected: 'a database that works', remedy: REBUILD }
  }
  // Drizzle parses the JSON in a column.
  if (error instanceof SyntaxError) return damaged
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  // Node.js makes a folder with those above it, and says that there is none where it cannot.
  if (error.syscall === 'mkdir' && error.code === 'ENOENT')
    return { ...barred, expected: 'a folder that can be written' }
  return ofFiles[String(error.code)] ?? { expected: 'a file that can be read and written', remedy: ALLOW }
}
