import { ModelError } from '../errors.ts'

const LINE_BYTES = 1000

/** Thrown where bytes end before what was expected of them: more of the file may help. */
export class EndOfBytesError extends ModelError {}

/** Bytes in memory, read from front to back. */
export class Cursor {
  /** Index of the byte that comes next. */
  position = 0
  readonly where: string
  private readonly bytes: Uint8Array

  /** `where` is what the bytes are, for messages. */
  constructor(bytes: Uint8Array, where: string) {
    this.bytes = bytes
    this.where = where
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    const end = this.position + count
    if (!(count >= 0 && end <= this.bytes.length))
      throw new EndOfBytesError(
        `${this.where}: ends at byte ${this.bytes.length}, expected ${count} more bytes from byte ${this.position}`,
      )
    const taken = this.bytes.subarray(this.position, end)
    this.position = end
    return taken
  }

  /** Text up to a line feed, which is consumed. */
  line(): string {
    const end = this.bytes.subarray(this.position, this.position + LINE_BYTES + 1).indexOf(10)
    if (end < 0) {
      if (this.position + LINE_BYTES < this.bytes.length)
        throw new ModelError(`${this.where}: a line of a pickle is longer than ${LINE_BYTES} bytes`)
      this.take(this.bytes.length - this.position + 1)
    }
    const text = String.fromCharCode(...this.take(end))
    this.take(1)
    return text
  }
}
