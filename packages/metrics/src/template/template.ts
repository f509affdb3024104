import { readFileSync } from 'node:fs'
import { MetricError } from '../errors.ts'
import { metrics } from '../metrics.ts'
import { isId } from '../row.ts'

export interface TemplateOptions {
  /** Whether the file is to be one of the bundled metrics, in `packages/metrics/src/diffusion/`, and not a file of its own. */
  readonly bundled: boolean
}

/**
 * The text of a metric to start from; it passes the conformance suite as it is.
 *
 * @throws {MetricError} if the name is no id, or is taken by a bundled metric
 */
export function metricSource(name: string, { bundled }: TemplateOptions): string {
  if (!isId(name)) throw new MetricError('new metric', `expected lower-case words joined by hyphens, got "${name}"`)
  if (Object.hasOwn(metrics, name)) throw new MetricError('new metric', `"${name}" is there already`)
  const words = name.replaceAll('-', ' ')
  const text = readFileSync(new URL('my-metric.ts', import.meta.url), 'utf8')
    .replaceAll('my-metric', name)
    .replaceAll('My metric', words.charAt(0).toUpperCase() + words.slice(1))
    .replace(`heading: 'my metric'`, `heading: '${words.slice(0, 14).trim()}'`)
  // The version of a bundled metric is that of its group.
  return bundled ? text.replace("'@vitrine/metrics'", "'../metric.ts'").replace('  version: 1,\n', '') : text
}
