import type { Dataset, Sample } from './dataset.ts'

/**
 * One line of credit to print below pictures; empty for a dataset that names nobody.
 *
 * @param sample to credit only what this image shows; otherwise the whole dataset
 */
export function creditLine(dataset: Dataset, sample?: Sample): string {
  const used = dataset.licences.filter(({ work }) => sample?.credits?.includes(work) ?? true)
  if (used.length === 0) return ''
  const credits = used.map(({ work, author, title }) => `${work} by ${author} (${title})`)
  return `Icons, changed in colour, size and angle: ${credits.join(', ')}.`
}
