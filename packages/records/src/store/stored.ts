import { z } from 'zod'
import { check, checkRecord } from '../record/check.ts'
import { RecordError } from '../record/errors.ts'
import { isPlainObject, type JsonObject } from '../record/json.ts'
import { agreementSchema, type BenchRecord, headerSchema, timingSchema } from '../record/schema.ts'
import { REBUILD } from './faults.ts'

const unitSchema = z.object({
  number: z.int(),
  id: z.string(),
  status: z.enum(['running', 'ok', 'unsupported', 'failed']),
  reason: z.string().nullable(),
  header: headerSchema,
  timing: timingSchema.nullable(),
  agreement: z.array(agreementSchema).nullable(),
  previously: z.array(z.string()).nullable(),
})

const imageSchema = z.object({
  position: z.int().min(0),
  lacking: z.array(z.string()).nullable(),
  cells: z.custom<JsonObject>(isPlainObject, 'an object').optional(),
})

/** SQLite keeps no types, so a damaged database can hold anything anywhere. */
function fromStore<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    throw new RecordError({ ...error, file, remedy: REBUILD }, { cause: error })
  }
}

/** A row of the table of units; a `RecordError` that calls the database `file` damaged where it is none. */
export const storedUnit = (row: unknown, file: string): z.infer<typeof unitSchema> =>
  fromStore(file, () => check(unitSchema, row))

/** A row of the table of images, likewise; its numbers are looked at by `storedRecord`. */
export function storedImage<R extends z.infer<typeof imageSchema>>(row: R, file: string): R {
  fromStore(file, () => check(imageSchema, row))
  return row
}

/** A whole record, likewise. */
export const storedRecord = (record: BenchRecord, file: string): BenchRecord =>
  fromStore(file, () => checkRecord(record))
