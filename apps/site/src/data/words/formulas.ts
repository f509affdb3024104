import { explainers, type Formula } from '@vitrine/explainers'
import temml from 'temml'

/** What each bundled method computes, by the method's id; it stands in the method's file. */
export const formulas: Readonly<Record<string, Formula | undefined>> = Object.fromEntries(
  explainers.map(({ id, formula }) => [id, formula]),
)

/** What the letters of formulas stand for, and where a formula has them. */
const letters: readonly (readonly [letter: RegExp, words: string])[] = [
  [/\bM\b|^M/, 'M the map'],
  [/\bl\b|\bL\b/, 'l one of L blocks'],
  [/\bh\b/, 'h a head'],
  [/\bA\b|\\hat A|\\bar A/, 'A attention after softmax'],
  [/\bS\b/, 'S attention before softmax'],
  [/\bx\b/, 'x tokens or activations'],
  [/\bk\b/, 'k a channel'],
  [/\\mathrm\{cls\}/, 'cls the class token'],
  [/\by\b/, "y the class's score"],
  [/\bp\b/, 'p its probability'],
  [/\bR\b/, 'R relevance'],
  [/\bI\b/, 'I the image, or the identity beside attention'],
  [/\bI_0\b/, 'I₀ a baseline image'],
  [/\bm\b/, 'm a mask'],
  [/\bT\b/, 'T a set of tokens'],
  [/\bG\b|G_x/, 'G the gradient of the grey image'],
  [/\bc\b/, "c the class token's context"],
  [/\bv\b/, 'v values'],
  [/\bq\b/, 'q the query'],
  [/\bW\b/, 'W a weight matrix'],
  [/\bw\b/, 'w a weight'],
  [/\bz\b/, 'z what a layer adds up'],
  [/\bs\b/, 's a state or a softmax'],
  [/\\alpha/, 'α a weight of a channel or a head'],
  [/\\varepsilon/, 'ε noise'],
  [/\\sigma/, 'σ the sigmoid or a width'],
  [/\\phi/, 'φ coefficients of a linear model'],
  [/\\lambda/, 'λ an eigenvalue or a weight'],
  [/\\pi/, 'π an order or a weight of a sample'],
  [/\\right\]_\+/, '[ ]₊ the positive part'],
  [/\\odot/, '⊙ the product element by element'],
]

/** What the letters of one formula stand for. */
export function lettersOf(tex: string): string {
  // Commands are names, not letters, except those that are listed.
  const bare = tex.replaceAll(/\\(?:operatorname\*?|text)\{[^}]*\}/g, ' ').replaceAll(/[_^{}]/g, ' ')
  const found = letters.flatMap(([letter, words]) => (letter.test(bare) || letter.test(tex) ? [words] : []))
  return found.length === 0 ? '' : `${found.join('; ')}.`
}

/** TeX as MathML. */
export const mathml = (tex: string): string =>
  temml.renderToString(tex, { displayMode: true, throwOnError: true, annotate: false })
