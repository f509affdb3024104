import { z } from 'zod'
import { agreementFileSchema, recordSchema } from './schema.ts'

/** A JSON Schema, of draft 2020-12. */
export type JsonSchema = z.core.JSONSchema.BaseSchema

// What zod cannot say in JSON Schema (any JSON value) is left open there; `checkRecord` looks closer.
const options = { io: 'input', unrepresentable: 'any' } as const

/**
 * The JSON Schema of a record file, for readers in other languages. It says what the fields are; that the id fits them, and that the columns
 * are as long as the list of images, is said by `checkRecord` alone.
 */
export const recordJsonSchema = (): JsonSchema => z.toJSONSchema(recordSchema, options)

/** The JSON Schema of the file beside a record that says how far its maps are from those of other engines. */
export const agreementJsonSchema = (): JsonSchema => z.toJSONSchema(agreementFileSchema, options)
