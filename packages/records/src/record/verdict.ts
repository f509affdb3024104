import { z } from 'zod'
import { check } from './check.ts'

export const VERDICT_FORMAT = 'vitrine-verdict/1'

const line = z.string().min(1)

/** What came of measuring images of a published record again on another machine. */
const verdictSchema = z.strictObject({
  format: z.literal(VERDICT_FORMAT),
  /** Id of the record. */
  record: z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower case hexadecimal'),
  /** Hash of the record's file: an id does not cover what was measured. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower case hexadecimal'),
  verdict: z.enum(['verified', 'refuted']),
  /** Images that were measured again, and those of the record. */
  images: z.int().min(0),
  of: z.int().min(1),
  /** How far a number may be from the published one, and how far the farthest was; `null` where something is no longer there. */
  tolerance: z.number().min(0),
  largest: z.number().min(0).nullable(),
  findings: z.array(line),
  /** Day, as 2026-11-30. */
  date: z.string().regex(/^\d{4}-\d\d-\d\d$/, 'a day such as 2026-11-30'),
  machine: z.strictObject({ node: line, os: line, arch: line, cpu: line, cores: z.int().min(1) }),
})

export type StoredVerdict = z.infer<typeof verdictSchema>

/** `value` as the file that lies beside a record and says what came of measuring it again. */
export const checkVerdict = (value: unknown, file?: string): StoredVerdict => check(verdictSchema, value, file)

/** The text of a verdict's file. */
export const verdictText = (verdict: StoredVerdict): string => `${JSON.stringify(checkVerdict(verdict), null, 2)}\n`
