import * as Plot from '@observablehq/plot'
import { JSDOM } from 'jsdom'

const { document } = new JSDOM('').window

/** Colours of the page, which change with its light. */
export const ink = { chosen: 'var(--accent)', plain: 'var(--ink)', quiet: 'var(--quiet)', faint: 'var(--strong-line)' }

/** A chart as SVG text; sizes in the units of its view box. */
export function draw(options: Plot.PlotOptions, label: string): string {
  const svg = Plot.plot({
    document,
    width: 680,
    height: 340,
    marginLeft: 44,
    marginBottom: 40,
    ...options,
    style: { fontFamily: 'inherit', fontSize: '13px', overflow: 'visible' },
  })
  svg.querySelector('style')?.remove()
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  for (const group of svg.querySelectorAll('[aria-label]')) group.removeAttribute('aria-label')
  // A tenth of a pixel is enough for places; what is text stays as it is.
  return svg.outerHTML.replaceAll(/(?<=\s(?:d|x|y|x1|x2|y1|y2|cx|cy|transform)=")[^"]*/g, places =>
    places.replaceAll(/(\d+\.\d)\d+/g, '$1'),
  )
}

/** Room in units of the view box for the longest of some names beside a chart. */
export const roomFor = (names: readonly string[]): number => 24 + 6.6 * Math.max(0, ...names.map(name => name.length))

/** Labels pushed apart until they are `gap` from each other, in the order of their places. */
export function spread<T extends { readonly y: number }>(
  labels: readonly T[],
  gap: number,
): (T & { readonly at: number })[] {
  const sorted = labels.toSorted((a, b) => a.y - b.y)
  const places = sorted.map(label => label.y)
  for (let round = 0; round < 60; round++) {
    for (let i = 1; i < places.length; i++) {
      const short = gap - ((places[i] ?? 0) - (places[i - 1] ?? 0))
      if (short <= 0) continue
      places[i - 1] = (places[i - 1] ?? 0) - short / 2
      places[i] = (places[i] ?? 0) + short / 2
    }
  }
  return sorted.map((label, i) => ({ ...label, at: places[i] ?? label.y }))
}

/** Names beside marks, those of controls in italics. */
export function names<T extends { readonly name: string; readonly control: boolean }>(
  labels: readonly T[],
  options: Plot.TextOptions,
): Plot.Text[] {
  return [false, true].map(control =>
    Plot.text(
      labels.filter(label => label.control === control),
      { text: 'name', textAnchor: 'start', fontStyle: control ? 'italic' : 'normal', ...options },
    ),
  )
}

/** Labels of a logarithmic axis: of 1, 2 and 5 times a power of ten, or of the powers alone. */
export const logTick =
  (mantissas: readonly number[] = [1, 2, 5]) =>
  (value: unknown): string => {
    const number = Number(value)
    const mantissa = number / 10 ** Math.floor(Math.log10(number) + 1e-9)
    return mantissas.some(m => Math.abs(m - mantissa) < 1e-6) ? String(Number(number.toPrecision(1))) : ''
  }
