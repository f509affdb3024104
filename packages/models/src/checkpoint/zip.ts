import { ModelError } from '../errors.ts'
import type { Bytes } from './bytes.ts'
import { shown } from './shown.ts'

// The directory of a zip archive (PKWARE's APPNOTE 6.3.10, sections 4.3.7 to 4.3.16), as far as torch.save uses it. Libraries were tried:
// yauzl needs Node.js; zip.js 2.24 takes an archive for another whose first two names happen to be as long as the records behind the
// directory, since torch.save writes records for 4 GB that no field asks for; unzipit does not say where an entry lies.

/** Where the bytes of an entry lie, as they are in memory if they are `stored` and not compressed. */
export interface ZipEntry {
  readonly offset: number
  readonly length: number
  readonly stored: boolean
}

// A checkpoint has one entry for each array; the limits bound what a damaged directory can ask for.
const ENTRIES = 100_000
const DIRECTORY_BYTES = 32 * 2 ** 20

const END = { signature: 0x06054b50, bytes: 22, comment: 0xffff }
const LOCATOR = { signature: 0x07064b50, bytes: 20 }
const END64 = { signature: 0x06064b50, bytes: 56 }
const CENTRAL = { signature: 0x02014b50, bytes: 46 }
const LOCAL = { signature: 0x04034b50, bytes: 30 }

const FULL_32 = 0xffffffff

/**
 * The entries of an archive by name.
 *
 * @throws ModelError for an archive that is damaged
 */
export async function openZip(bytes: Bytes): Promise<Map<string, ZipEntry>> {
  const fail = (problem: string): never => {
    throw new ModelError(`${bytes.name}: cannot be read as a zip archive (${problem}); download or copy the file again`)
  }
  const read = async (offset: number, length: number, what: string): Promise<DataView> => {
    if (offset + length > bytes.size) fail(`${what} ends at byte ${offset + length} of ${bytes.size}`)
    return new DataView((await bytes.read(offset, length)).buffer)
  }
  const directory = await findDirectory(bytes, read, fail)
  if (directory.count > ENTRIES) fail(`more than ${ENTRIES} entries`)
  if (directory.length > DIRECTORY_BYTES) fail(`a directory of ${directory.length} bytes`)
  const view = await read(directory.offset, directory.length, 'the directory')
  const places = new Map<string, ZipEntry>()
  let at = 0
  for (let i = 0; i < directory.count; i++) {
    const { name, next, ...entry } = centralEntry(view, at, fail)
    at = next
    if (name.endsWith('/')) continue
    if (places.has(name)) fail(`${shown(name)} is there twice`)
    // An entry's own header may have another length than the directory says.
    const local = await read(entry.header, LOCAL.bytes, 'the header of an entry')
    if (local.getUint32(0, true) !== LOCAL.signature) fail(`expected ${shown(name)} at byte ${entry.header}`)
    const offset = entry.header + LOCAL.bytes + local.getUint16(26, true) + local.getUint16(28, true)
    if (entry.stored && offset + entry.length > bytes.size)
      fail(`${shown(name)} ends at byte ${offset + entry.length} of ${bytes.size}`)
    places.set(name, { offset, length: entry.length, stored: entry.stored })
  }
  return places
}

type Read = (offset: number, length: number, what: string) => Promise<DataView>
type Fail = (problem: string) => never

interface Directory {
  readonly offset: number
  readonly length: number
  readonly count: number
}

/** The last record of an archive says where its directory lies; one before it, if it is there, says so in 64 bits. */
async function findDirectory({ size }: Bytes, read: Read, fail: Fail): Promise<Directory> {
  if (size < END.bytes) return fail(`${size} bytes`)
  const start = Math.max(0, size - END.bytes - END.comment - LOCATOR.bytes)
  const tail = await read(start, size - start, 'the file')
  let at = tail.byteLength - END.bytes
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === END.signature && at + END.bytes + tail.getUint16(at + 20, true) <= tail.byteLength)
  )
    at--
  if (at < 0) return fail('the end of its directory is missing; the file is cut off')
  const located = at >= LOCATOR.bytes && tail.getUint32(at - LOCATOR.bytes, true) === LOCATOR.signature
  if (!located)
    return {
      count: tail.getUint16(at + 10, true),
      length: tail.getUint32(at + 12, true),
      offset: tail.getUint32(at + 16, true),
    }
  const end = await read(wide(tail, at - LOCATOR.bytes + 8, fail), END64.bytes, 'the end of the directory')
  if (end.getUint32(0, true) !== END64.signature) return fail('expected the end of the directory in 64 bits')
  return { count: wide(end, 32, fail), length: wide(end, 40, fail), offset: wide(end, 48, fail) }
}

function centralEntry(
  view: DataView,
  at: number,
  fail: Fail,
): { name: string; header: number; length: number; stored: boolean; next: number } {
  if (at + CENTRAL.bytes > view.byteLength || view.getUint32(at, true) !== CENTRAL.signature)
    return fail(`expected an entry of the directory at its byte ${at}`)
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map(field => view.getUint16(at + field, true))
  const nameAt = at + CENTRAL.bytes
  const extraAt = nameAt + (nameLength ?? 0)
  const next = extraAt + (extraLength ?? 0) + (commentLength ?? 0)
  if (next > view.byteLength) return fail(`the entry at byte ${at} of the directory is cut off`)
  const name = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + nameAt, nameLength))
  const sizes = {
    length: view.getUint32(at + 24, true),
    packed: view.getUint32(at + 20, true),
    header: view.getUint32(at + 42, true),
  }
  // The fields that do not fit 32 bits stand in the extra field with the id 1, in this order.
  const fields = ['length', 'packed', 'header'] as const
  const missing = fields.filter(field => sizes[field] === FULL_32)
  let place = missing.length > 0 ? extraField(view, extraAt, extraLength ?? 0, 8 * missing.length) : 0
  if (place === undefined) return fail(`${shown(name)} lacks its sizes in 64 bits`)
  for (const field of missing) {
    sizes[field] = wide(view, place, fail)
    place += 8
  }
  const encrypted = (flags & 1) === 1
  return { name, header: sizes.header, length: sizes.length, stored: method === 0 && !encrypted, next }
}

/** Where the extra field for 64-bit sizes begins, if it holds `needed` bytes. */
function extraField(view: DataView, start: number, length: number, needed: number): number | undefined {
  for (let at = start; at + 4 <= start + length; ) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)]
    if (id === 1) return size >= needed && at + 4 + size <= start + length ? at + 4 : undefined
    at += 4 + size
  }
  return undefined
}

function wide(view: DataView, at: number, fail: Fail): number {
  const value = view.getBigUint64(at, true)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : fail(`a size of ${value} bytes`)
}
