import type { Dataset, Sample } from './dataset.ts'

/**
 * One line of credit to print below pictures; empty for a dataset that names nobody.
 *
 * @param sample to credit only what this image shows; otherwise the whole dataset
 */
export function creditLine(dataset: Pick<Dataset, 'licences'>, sample?: Sample): string {
  const used = dataset.licences.filter(({ work }) => sample?.credits?.includes(work) ?? true)
  return [...Map.groupBy(used, ({ changes }) => changes ?? '')]
    .map(([changes, works]) => {
      const credits = works.map(({ work, author, title }) => `${work} by ${author} (${title})`).join(', ')
      return `${changes === '' ? credits : `${changes}: ${credits}`}.`
    })
    .join(' ')
}
