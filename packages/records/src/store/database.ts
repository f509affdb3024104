import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { RecordError } from '../record/errors.ts'

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

/** How long a process waits for another one's transaction before it gives up, in milliseconds. */
const PATIENCE = 60_000

export type Database = ReturnType<typeof openDatabase>

/**
 * Opens or creates the database at `path` (a file, or `:memory:`) and brings its tables up to date. Any number of
 * processes may open the same new file at once. A file that is no database, holds other tables or was written by a
 * version with later migrations is a `RecordError` and is left as it was.
 */
export function openDatabase(path: string) {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const client = new Sqlite(path, { timeout: PATIENCE })
  try {
    const db = drizzle({ client })
    // Foreign files are told apart before the switch to WAL, which writes to the file.
    client.transaction(() => foreignTables(client, path))()
    client.pragma('journal_mode = WAL')
    // In WAL mode a killed process loses nothing that was committed; only a power cut can lose the last commits.
    client.pragma('synchronous = NORMAL')
    migrate(db, path)
    return db
  } catch (error) {
    client.close()
    if (error instanceof Sqlite.SqliteError && error.code === 'SQLITE_NOTADB') {
      throw new RecordError(
        { file: path, field: '', expected: 'an SQLite database', found: 'another file' },
        { cause: error },
      )
    }
    throw error
  }
}

/** Drizzle's own migrator reads the state before it takes the lock, so two processes could both apply a migration. */
function migrate(db: ReturnType<typeof drizzle>, path: string): void {
  const known = readMigrationFiles({ migrationsFolder })
  db.transaction(
    tx => {
      tx.run(
        sql`CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`,
      )
      const rows = tx.all<{ hash: string }>(sql`SELECT hash FROM "__drizzle_migrations" ORDER BY created_at`)
      const applied = rows.map(row => row.hash)
      const unknown = applied.find((hash, i) => known[i]?.hash !== hash)
      if (unknown !== undefined) {
        throw new RecordError({
          file: path,
          field: 'migrations',
          expected: `the first of the ${known.length} migrations that this version knows`,
          found: `${unknown.slice(0, 12)} of another version; update, or remove the database and rebuild it from the record files`,
        })
      }
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

function foreignTables(client: Sqlite.Database, path: string): void {
  const tables = client.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
  if (tables.length === 0 || tables.includes('__drizzle_migrations')) return
  throw new RecordError({ file: path, field: 'tables', expected: 'a database of records', found: tables.join(', ') })
}
