/** Codes of the exit by the class of an error that a user can do something about: 2 for a mistake in how a command was called. */
const EXPECTED: Readonly<Record<string, 1 | 2>> = {
  UsageError: 2,
  UnknownBackendError: 2,
  UnknownModelError: 2,
  NoTextTowerError: 2,
  BackendError: 1,
  DatasetError: 1,
  ExplainerError: 1,
  MetricError: 1,
  ModelError: 1,
  QueueError: 1,
  RecordError: 1,
}

/** By the call to the operating system that failed. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  access: 'looking at',
  copyfile: 'copying',
  link: 'linking',
  lstat: 'looking at',
  mkdir: 'making the folder',
  mkdtemp: 'making a folder in',
  open: 'opening',
  read: 'reading',
  readlink: 'following',
  realpath: 'looking at',
  rename: 'renaming',
  rm: 'removing',
  scandir: 'listing',
  spawn: 'starting',
  stat: 'looking at',
  unlink: 'removing',
  write: 'writing',
}

const ELSEWHERE = 'Choose another place'
const PERMISSIONS = 'Change its permissions, or choose another place'
const ROOM = 'Make room, then give the same command again'

/** What the operating system said, and what to do, by its code. */
const REASONS: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
  EACCES: ['it may not be used', PERMISSIONS],
  EBUSY: ['another program uses it', 'End that program, then give the same command again'],
  EDQUOT: ['the quota of the disk is used up', ROOM],
  EEXIST: ['something else lies there', ELSEWHERE],
  EFBIG: ['the file would be too large for the disk', ELSEWHERE],
  EIO: ['the disk does not answer as it should', 'See whether it fails, or choose another place'],
  EISDIR: ['it is a folder, and a file is needed', 'Name a file'],
  ELOOP: ['its links lead in a circle', 'Name what they should lead to'],
  EMFILE: ['too many files are open', 'Raise the limit with `ulimit -n 4096`'],
  ENAMETOOLONG: ['the name is too long', 'Choose a shorter one'],
  ENFILE: ['too many files are open on this machine', 'End other programs, then give the same command again'],
  ENOENT: ['there is no such file or folder', 'See whether the path is right'],
  ENOSPC: ['the disk is full', ROOM],
  ENOTDIR: ['a file lies where a folder is needed', ELSEWHERE],
  ENOTEMPTY: ['the folder is not empty', ELSEWHERE],
  EPERM: ['it may not be used', PERMISSIONS],
  EROFS: ['the disk can only be read', ELSEWHERE],
}

/** Node.js makes a folder with those above it, and says that there is none where it cannot: on a disk that can only be read, or below a dead link. */
const NO_FOLDER = ['it cannot be made: the disk can only be read, or a link leads nowhere', ELSEWHERE] as const

export interface Failure {
  readonly text: string
  readonly code: 1 | 2
}

/** Whether a package of this project threw an error on purpose: its message says what was expected and what was found. */
export const isExpected = (error: unknown): error is Error => error instanceof Error && codeOf(error) !== undefined

/** What a user is told of an error. A fault of the program has its stack, for whoever mends it. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { text: `${FAULT}\n${error}`, code: 1 }
  const code = codeOf(error)
  if (code !== undefined) return { text: error.message, code }
  return { text: fileProblem(error) ?? `${FAULT}\n${error.stack ?? error.message}`, code: 1 }
}

const FAULT = 'This is a fault of Vitrine. Please report it with these lines:'

/** By the names of the classes, so that a mistake in a call is told without loading the packages that define them. */
function codeOf(error: Error): 1 | 2 | undefined {
  const known = lineage(error).find(name => Object.hasOwn(EXPECTED, name))
  return known === undefined ? undefined : EXPECTED[known]
}

/** Names of an error's class and of those that it extends. */
function lineage(error: Error): string[] {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at))
    names.push(String(at.constructor.name))
  return names
}

/** What was tried, what the operating system said and what to do, for an error that is the system's. */
function fileProblem(error: Error): string | undefined {
  const { code = '', syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string }
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  const reason = syscall === 'mkdir' && code === 'ENOENT' ? NO_FOLDER : known
  if (!reason || syscall === undefined) return undefined
  const attempt = ATTEMPTS[syscall.split(' ')[0] ?? ''] ?? `${syscall} of`
  const subject = [path, dest].filter(one => one !== undefined).join(' to ')
  return `[vitrine] ${attempt} ${subject || 'a file'}: ${reason[0]} (${code}). ${reason[1]}.`
}
