import { blob, index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { JsonObject } from '../record/json.ts'
import type { Agreement, RecordHeader, Timing } from '../record/schema.ts'

/** One row per record, finished or not. */
export const units = sqliteTable(
  'units',
  {
    number: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull().unique(),
    /** Hash of what is asked, the same for all versions of the code; `null` in a unit of the first format. */
    question: text(),
    /** Grows each time the unit is asked for; among records of one file the highest is published. */
    turn: integer().notNull(),
    model: text().notNull(),
    dataset: text().notNull(),
    method: text().notNull(),
    backend: text().notNull(),
    engine: text().notNull(),
    protocol: text().notNull(),
    status: text({ enum: ['running', 'ok', 'unsupported', 'failed'] }).notNull(),
    reason: text(),
    header: text({ mode: 'json' }).$type<RecordHeader>().notNull(),
    timing: text({ mode: 'json' }).$type<Timing>(),
    agreement: text({ mode: 'json' }).$type<Agreement[]>(),
    /** Ids of the units from which columns were taken over, the latest first. */
    previously: text({ mode: 'json' }).$type<string[]>(),
  },
  table => [index('units_turn').on(table.turn), index('units_question').on(table.question)],
)

/** One row per finished image of a unit. */
export const images = sqliteTable(
  'images',
  {
    unit: integer()
      .notNull()
      .references(() => units.number),
    position: integer().notNull(),
    image: text().notNull(),
    label: integer().notNull(),
    predicted: integer().notNull(),
    probability: real().notNull(),
    cells: text({ mode: 'json' }).$type<JsonObject>().notNull(),
    /** Groups of columns that the image still lacks; `null` when it is finished. */
    lacking: text({ mode: 'json' }).$type<string[]>(),
  },
  table => [primaryKey({ columns: [table.unit, table.position] })],
)

/** Maps as they left the engine, float32 in little-endian order; they stay in the store and are not published. */
export const maps = sqliteTable(
  'maps',
  {
    unit: integer()
      .notNull()
      .references(() => units.number),
    position: integer().notNull(),
    /** `predicted`, `label`, `other`. */
    name: text().notNull(),
    values: blob({ mode: 'buffer' }).notNull(),
  },
  table => [primaryKey({ columns: [table.unit, table.position, table.name] })],
)
