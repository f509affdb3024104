/** A method, an option or a combination of both that cannot be used. The message says what was expected and what was found. */
export class ExplainerError extends Error {
  override readonly name: string = 'ExplainerError'
  constructor(problem: string) {
    super(`[vitrine] [explainers] ${problem}`)
  }
}

/** A method that cannot run on this model; its row shows the reason. */
export class UnsupportedError extends ExplainerError {
  override readonly name = 'UnsupportedError'
}
