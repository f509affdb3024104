import { isExpected } from './error-text.ts'
import { tell } from './terminal.ts'

/** What of some work could not be done: each part is told when it fails, the others go on, and the exit code says it at the end. */
export class Failures {
  code: 0 | 1 = 0

  add(subject: string, problem: string): void {
    this.code = 1
    tell(`${subject}: ${problem}`)
  }

  /** Does one part. What is no matter of that part alone, such as a full disk or a fault of the program, is thrown. */
  async part<T>(subject: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isExpected(error)) throw error
      this.add(subject, error.message)
      return undefined
    }
  }
}
