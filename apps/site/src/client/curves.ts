import type { StoredCurves } from '../data/maps/drilldown.ts'
import { fixed, percent } from '../shared/format.ts'
import { one } from './page.ts'

const left = 44
const right = 560
const top = 12
const bottom = 220

/** The steps whose names have room beside those before them and the last one. */
function withRoom(steps: readonly number[]): number[] {
  const room = 0.08
  const last = steps.at(-1) ?? 1
  const named: number[] = []
  for (const step of steps) {
    const before = named.at(-1) ?? Number.NEGATIVE_INFINITY
    if (step - before >= room && (step === last || last - step >= room)) named.push(step)
  }
  return named
}

/** Draws both curves of an image with their area, and their numbers as a table. */
export function drawCurves(steps: readonly number[], curves: StoredCurves | undefined): void {
  const svg = one<SVGElement>('#curves')
  if (!curves) {
    svg.innerHTML = ''
    one('#curve-numbers').innerHTML = ''
    return
  }
  const x = (step: number) => left + (right - left) * (steps[step] ?? 0)
  const y = (p: number) => bottom - (bottom - top) * p
  const points = (list: readonly number[]) => list.map((p, i) => `${x(i).toFixed(1)},${y(p).toFixed(1)}`)
  const grid = [0, 0.5, 1]
    .map(
      p =>
        `<line class="grid" x1="${left}" x2="${right}" y1="${y(p)}" y2="${y(p)}"/><text x="${left - 8}" y="${y(p) + 4}" text-anchor="end">${p}</text>`,
    )
    .join('')
  const ticks = withRoom(steps)
    .map(
      step =>
        `<text x="${left + (right - left) * step}" y="${bottom + 20}" text-anchor="middle">${percent(step)}</text>`,
    )
    .join('')
  const end = (list: readonly number[], at: number) => y(list.at(at) ?? 0)
  svg.innerHTML = `${grid}${ticks}<polygon points="${[...points(curves.morf), ...points(curves.lerf).reverse()].join(' ')}"/>
<polyline class="morf" points="${points(curves.morf).join(' ')}"/><polyline class="lerf" points="${points(curves.lerf).join(' ')}"/>
<text x="${right + 8}" y="${end(curves.morf, -2) + 4}">most first</text><text x="${right + 8}" y="${Math.min(end(curves.lerf, -2) + 4, end(curves.morf, -2) - 14)}" style="fill:var(--accent)">least first</text>
<g id="marker" hidden></g>`
  one('#curve-numbers').innerHTML = steps
    .map(
      (step, i) =>
        `<tr><th scope="row">${percent(step)}</th><td class="num">${fixed(curves.morf[i] ?? 0, 3)}</td><td class="num">${fixed(curves.lerf[i] ?? 0, 3)}</td></tr>`,
    )
    .join('')
  mark = step => {
    const label = `${percent(steps[step] ?? 0)} taken away: ${fixed(curves.morf[step] ?? 0, 2)} most first, ${fixed(curves.lerf[step] ?? 0, 2)} least first`
    const anchor = (steps[step] ?? 0) > 0.5 ? 'end' : 'start'
    one('#marker').innerHTML =
      `<line class="marker" x1="${x(step)}" x2="${x(step)}" y1="${top}" y2="${bottom}"/><circle cx="${x(step)}" cy="${y(curves.morf[step] ?? 0)}" r="4" style="fill:var(--ink)"/><circle cx="${x(step)}" cy="${y(curves.lerf[step] ?? 0)}" r="4" style="fill:var(--accent)"/><text x="${x(step)}" y="${bottom + 38}" text-anchor="${anchor}">${label}</text>`
  }
}

let mark: (step: number) => void = () => {}

/** Marks a step on the curves, with its numbers. */
export const markStep = (step: number): void => mark(step)

/** The step that is nearest to a pointer over the curves. */
export function stepUnder({ clientX }: PointerEvent, steps: readonly number[]): number {
  const box = one<SVGElement>('#curves').getBoundingClientRect()
  const share = (((clientX - box.left) * 640) / box.width - left) / (right - left)
  return steps.reduce((best, step, i) => (Math.abs(step - share) < Math.abs((steps[best] ?? 9) - share) ? i : best), 0)
}
