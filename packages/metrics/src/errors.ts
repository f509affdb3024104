/** An argument that breaks the contract of a metric. States of a map (`flat`, `nan`, …) are results, not errors. */
export class MetricError extends Error {
  override readonly name = 'MetricError'

  /** @param subject what was being computed: a metric id or a function name */
  constructor(subject: string, problem: string) {
    super(`[vitrine] [metrics] ${subject}: ${problem}`)
  }
}
