/** A model or a checkpoint that cannot be used; the message says what was expected and what was found. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  constructor(problem: string) {
    super(`[vitrine] [models] ${problem}`)
  }
}

/** A name that is no model's: a mistake in how a command was called. */
export class UnknownModelError extends ModelError {}

/** A model that knows no texts is asked about one: a mistake in how a command was called. */
export class NoTextTowerError extends ModelError {}
