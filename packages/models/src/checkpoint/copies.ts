import { ModelError } from '../errors.ts'
import { type Checkpoint, firstFew } from './checkpoint.ts'
import { DIALECTS, type Dialect, dialects } from './dialects.ts'
import { shown } from './shown.ts'

/** A model among the arrays of a file: all that stands under one prefix. */
export interface Copy {
  /** Empty, or ends with a dot. */
  readonly prefix: string
  readonly dialect: Dialect
}

// What wrappers put into names, anywhere: FSDP, torch.compile, activation checkpoints, PEFT's replaced heads.
const INFIXES = /(?<=^|\.)(?:_fsdp_wrapped_module|_orig_mod|_checkpoint_wrapped_module|modules_to_save\.default)\./g
// PEFT keeps the head that it replaced; FSDP and quantisers add states of their own.
const REPLACED = /(?<=^|\.)original_module\./

/** Names without what wrappers put into them, each with the file's own name. */
export function plainNames({ name: file, arrays }: Checkpoint): Map<string, string> {
  const plain = new Map<string, string>()
  for (const name of arrays.keys()) {
    if (REPLACED.test(name)) continue
    const short = name.replace(INFIXES, '')
    const other = plain.get(short)
    if (other !== undefined)
      throw new ModelError(`${file}: ${shown(short)} is there twice, as ${shown(other)} and as ${shown(name)}`)
    plain.set(short, name)
  }
  return plain
}

/** The models in a file, in its order. */
export function findCopies(names: Iterable<string>): Copy[] {
  const copies: Copy[] = []
  for (const name of names)
    for (const dialect of dialects) {
      const { mark, unless } = DIALECTS[dialect]
      const prefix = name.slice(0, -mark.length)
      if (name.endsWith(mark) && (prefix === '' || prefix.endsWith('.')) && !unless?.test(prefix))
        copies.push({ prefix, dialect })
    }
  return copies
}

/** Which of several models is meant where nobody says it: averaged weights as timm does, DINO's teacher and MoCo's query as their authors do. */
const PREFERRED: readonly RegExp[] = [
  /(?:^|[._])(?:ema|swa|averaged?)(?:[._]|$)|_ema\.|\.ema_/i,
  /(?:^|[._])(?:teacher|target_encoder)(?:[._]|$)/,
  /(?:^|[._])base_encoder(?:[._]|$)/,
]

const rank = ({ prefix }: Copy): number => {
  const found = PREFERRED.findIndex(pattern => pattern.test(prefix))
  return found < 0 ? PREFERRED.length : found
}

/** A prefix as a person types it. */
export const label = ({ prefix }: Copy): string => (prefix === '' ? 'root' : prefix.slice(0, -1))

export interface Choice {
  readonly chosen: Copy
  readonly others: readonly Copy[]
}

/** Takes the model that was asked for by its prefix, or the preferred one. */
export function chooseCopy(file: string, copies: readonly Copy[], asked?: string): Choice | undefined {
  const fitting =
    asked === undefined ? copies : copies.filter(copy => label(copy) === asked || label(copy).startsWith(`${asked}.`))
  const chosen = fitting.toSorted((a, b) => rank(a) - rank(b))[0]
  if (!chosen && copies.length > 0)
    throw new ModelError(
      `${file}: weights: expected ${firstFew(copies.map(label))}, got "${shown(asked)}"; say one of them as FILE[weights=…]`,
    )
  return chosen && { chosen, others: copies.filter(copy => copy !== chosen) }
}
