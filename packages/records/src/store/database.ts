import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { RecordError } from '../record/errors.ts'
import { FORMAT } from '../record/schema.ts'
import { guarded, REBUILD } from './faults.ts'
import { sizeOfFile } from './regular-file.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** How many of the migrations make a database of the first format. */
const FIRST_FORMAT = 3

export interface OpenOptions {
  /** Refuses a file that is missing or empty, which otherwise becomes a new store. For whoever wants to read what is stored. */
  readonly existing?: boolean
  /** How long to wait for another process's transaction, in milliseconds; a minute where it is left out. */
  readonly patience?: number
}

export type Database = ReturnType<typeof openDatabase>

/**
 * Opens or creates the database at `path` (a file, or `:memory:`) and brings its tables up to date. Any number of
 * processes may open the same new file at once. What cannot be opened, is no database, holds other tables, was written by a version
 * with later migrations or (unless `firstFormat` is set) has records of the first format, is a `RecordError` and is left as it was.
 */
export function openDatabase(path: string, options: OpenOptions & { readonly firstFormat?: boolean } = {}) {
  const { existing = false, patience = 60_000, firstFormat = false } = options
  if (path !== ':memory:') expectPlace(path, existing)
  return guarded(path, () => {
    const client = new Sqlite(path, { timeout: patience })
    try {
      const db = drizzle({ client })
      // Foreign files are told apart before the switch to WAL, which writes to the file.
      client.transaction(() => expectOwnTables(client, path, existing))()
      client.pragma('journal_mode = WAL')
      // In WAL mode a killed process loses nothing that was committed; only a power cut can lose the last commits.
      client.pragma('synchronous = NORMAL')
      migrate(db, path, firstFormat)
      return db
    } catch (error) {
      client.close()
      throw error
    }
  })
}

/** Looks at the file before SQLite does: SQLite takes an empty one for a new database, and throws away a log that lies beside it. */
function expectPlace(path: string, existing: boolean): void {
  if (path === '') throw new RecordError({ field: 'path', expected: 'the name of a file', found: 'an empty text' })
  guarded(dirname(path), () => mkdirSync(dirname(path), { recursive: true }))
  const size = sizeOfFile(path)
  const expected = 'a database of records'
  if (size === undefined && existing) {
    const remedy =
      'see whether the path is right; `npx -y pnpm@12 vitrine rebuild` makes a database from the record files in results/'
    throw new RecordError({ file: path, field: '', expected, found: 'nothing', remedy })
  }
  // Two processes that open a new file at once may find it empty for a moment, so that alone is no damage.
  const cut = size === 0 && (existing || (sizeOfFile(`${path}-wal`) ?? 0) > 0)
  if (cut || size === 1) {
    throw new RecordError({ file: path, field: '', expected, found: `a file of ${size} bytes`, remedy: REBUILD })
  }
}

/** Drizzle's own migrator reads the state before it takes the lock, so two processes could both apply a migration. */
function migrate(db: ReturnType<typeof drizzle>, path: string, firstFormat: boolean): void {
  const known = readMigrationFiles({ migrationsFolder })
  db.transaction(
    tx => {
      tx.run(
        sql`CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
      )
      const rows = tx.all<{ hash: string }>(sql`SELECT hash FROM "__drizzle_migrations" ORDER BY created_at`)
      const applied = rows.map(row => row.hash)
      const unknown = applied.findIndex((hash, i) => known[i]?.hash !== hash)
      if (unknown !== -1) {
        throw new RecordError({
          file: path,
          field: 'migrations',
          expected: `the first of the ${known.length} migrations that this version knows`,
          found: `${String(applied[unknown]).slice(0, 12)} of another version`,
          remedy: `update, or ${REBUILD}`,
        })
      }
      if (!firstFormat && applied.length > 0) expectThisFormat(tx, applied.length, path)
      for (const migration of known.slice(applied.length)) {
        for (const statement of migration.sql) tx.run(sql.raw(statement))
        tx.run(
          sql`INSERT INTO "__drizzle_migrations" (hash, created_at) VALUES (${migration.hash}, ${migration.folderMillis})`,
        )
      }
    },
    { behavior: 'immediate' },
  )
}

/** Units of the first format have no question. */
function expectThisFormat(tx: Pick<ReturnType<typeof drizzle>, 'get'>, applied: number, path: string): void {
  const old = sql.raw(applied <= FIRST_FORMAT ? 'SELECT id FROM units' : 'SELECT id FROM units WHERE question IS NULL')
  if (tx.get(sql`${old} LIMIT 1`) === undefined) return
  const remedy = '`npx -y pnpm@12 vitrine migrate FILE` carries them over without measuring'
  throw new RecordError({
    file: path,
    field: 'format',
    expected: FORMAT,
    found: 'records of the first format',
    remedy,
  })
}

function expectOwnTables(client: Sqlite.Database, path: string, existing: boolean): void {
  const tables = client.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
  if (tables.includes('__drizzle_migrations') || (tables.length === 0 && !existing)) return
  const found = tables.join(', ') || 'one without tables'
  throw new RecordError({ file: path, field: 'tables', expected: 'a database of records', found })
}
