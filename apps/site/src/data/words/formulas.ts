import { explainers, type Formula } from '@vitrine/explainers'
import temml from 'temml'

export { formulaLetters as letters } from '@vitrine/explainers'

/** What each bundled method computes, by the method's id; it stands in the method's file. */
export const formulas: Readonly<Record<string, Formula | undefined>> = Object.fromEntries(
  explainers.map(({ id, formula }) => [id, formula]),
)

/** TeX as MathML. */
export const mathml = (tex: string): string =>
  temml.renderToString(tex, { displayMode: true, throwOnError: true, annotate: false })
