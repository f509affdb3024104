import type { Explainer, Parity } from '../contract/explainer.ts'
import { isForTexts } from '../contract/needs.ts'
import { explainers } from '../registry.ts'
import { comparisons } from './comparisons.ts'
import { arithmetics, type Finding, ORDERS, sourceOf } from './measure.ts'

const AGAINST: Readonly<Record<Parity, string>> = {
  authors: "authors' code",
  library: 'library',
  definition: 'definition',
  unverified: 'nothing',
}

const STRENGTH: readonly Parity[] = ['unverified', 'definition', 'library', 'authors']

/** The strongest source that a method is compared with. */
export const parityOf = ({ id }: Explainer): Parity =>
  comparisons
    .filter(c => c.method === id)
    .map(c => sourceOf(c).against)
    .reduce<Parity>((best, kind) => (STRENGTH.indexOf(kind) > STRENGTH.indexOf(best) ? kind : best), 'unverified')

/** The text of `docs/parity.md`, from the findings of each arithmetic. */
export function parityDocument(findings: readonly (readonly Finding[])[]): string {
  const methods = explainers.filter(e => e.family !== 'control')
  const compared = methods.filter(e => parityOf(e) !== 'unverified')
  const forTexts = methods.filter(isForTexts)
  const rest = methods.filter(e => parityOf(e) === 'unverified' && !isForTexts(e))
  const rows = compared.map(({ id, name }) => {
    const mine = comparisons.filter(c => c.method === id)
    const kinds = [...new Set(mine.map(c => AGAINST[sourceOf(c).against]))].join(', ')
    return [`${name} (\`${id}\`)`, kinds, String(mine.length), ...findings.map(arithmetic => worst(arithmetic, id))]
  })
  const origins = compared.flatMap(({ id }) => {
    const texts = new Set(
      comparisons.filter(c => c.method === id).map(c => `${AGAINST[sourceOf(c).against]}: ${sourceOf(c).source}`),
    )
    return [`- \`${id}\``, ...[...texts].map(text => `  - ${text}`)]
  })
  return [
    '# Parity',
    '',
    'Every method is held against numbers that other code made, for a small random model with the same weights and the same images',
    '(`packages/explainers/fixtures`). Written by `npx -y pnpm@12 parity` from the comparisons that the tests run; the worst map counts, relative to',
    "that map's largest value. What the numbers were made with: the code that the authors published, a library (captum, pytorch-grad-cam,",
    'vit-explain), or PyTorch code written from the published definition alone.',
    '',
    'Float64 must agree within 1e-5 (what is left is the float32 of the stored numbers), an engine within 1e-4. Methods that divide by',
    "numbers near zero cannot be had more precisely in float32: their row names the other code's own distance from its float64 run. The",
    'order in which numbers are added decides such an error, and processors differ in it. So the model is run with its channels in',
    `${ORDERS} orders, and ours must be no farther than the other code's by the worst map (median of the orders, which the row gives) or by the`,
    'typical one (geometric mean of all); over all comparisons of an engine together, by the worst maps.',
    '',
    ...table(['Method', 'Held against', 'Comparisons', ...arithmetics.map(p => p.name)], rows),
    '',
    ...(rest.length > 0 ? ['Held against nothing yet:', rest.map(e => `\`${e.id}\``).join(', '), ''] : []),
    `Methods for texts (${forTexts.map(e => `\`${e.id}\``).join(', ')}) need a model that knows texts. They are held against two small CLIPs, in float64 to 1e-6, by`,
    '`packages/explainers/src/text-methods.test.ts`: PyTorch code written from the papers.',
    '',
    'Left out: TokenTM and BiCAM, whose published equations could not be read here and of which no code was found; guided backpropagation,',
    'which is defined for ReLU and in the libraries equals the plain gradient on a ViT.',
    '',
    '## What the numbers were made with',
    '',
    ...origins,
    '',
  ].join('\n')
}

function worst(findings: readonly Finding[], id: string): string {
  const mine = findings.flatMap(f =>
    f.comparison.method === id && f.error !== undefined ? [{ ...f, error: f.error }] : [],
  )
  const [top] = mine.toSorted((a, b) => b.error - a.error)
  if (!top) return 'not run'
  const original = top.original === undefined ? '' : ` (theirs ${top.original.toExponential(0)})`
  return `${top.error.toExponential(0)}${original}`
}

/** A Markdown table with padded columns, as the formatter lays it out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, c) => Math.max(...[head, ...rows].map(cells => cells[c]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)]
}
