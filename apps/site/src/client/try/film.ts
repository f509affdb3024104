import { fixed, percent } from '../../shared/format.ts'
import { one } from '../page.ts'
import type { Answered, Curve, Pixels } from './messages.ts'
import { imageDataOf } from './picture.ts'

type Made = Extract<Answered, { kind: 'film' }>

const ORDERS = ['morf', 'lerf'] as const
const MILLISECONDS_A_STEP = 700

/** What happens as patches are taken away in a method's order: pictures, the class's probability, and ABPC beside a random order's. */
export class Film {
  readonly #dialog: HTMLDialogElement
  readonly #step: HTMLInputElement
  #made: Made | undefined
  #seen: Pixels | undefined
  /** What stands in place of a pixel that is taken away: the model's mean colour. */
  #removed: readonly number[] = []
  #timer = 0

  constructor(dialog: HTMLDialogElement) {
    this.#dialog = dialog
    this.#step = one('#film-step', dialog)
    this.#step.addEventListener('input', () => this.#draw())
    one('#film-play', dialog).addEventListener('click', () => (this.#timer === 0 ? this.#play() : this.#pause()))
    dialog.addEventListener('close', () => this.#pause())
  }

  get isOpen(): boolean {
    return this.#dialog.open
  }

  open(title: string, seen: Pixels, mean: readonly number[]): void {
    this.#made = undefined
    this.#seen = seen
    this.#removed = mean.map(value => Math.round(255 * value))
    one('#film-title', this.#dialog).textContent = title
    this.say('Taking patches away …')
    one('#film-curves', this.#dialog).innerHTML = ''
    for (const order of ORDERS) {
      const canvas = this.#canvas(order)
      Object.assign(canvas, { width: seen.width, height: seen.height })
      canvas.getContext('2d')?.putImageData(imageDataOf(seen), 0, 0)
    }
    this.#enable(false)
    if (!this.#dialog.open) this.#dialog.showModal()
  }

  say(text: string): void {
    one('#film-note', this.#dialog).textContent = text
  }

  show(made: Made): void {
    this.#made = made
    this.#step.max = String(made.steps.length - 1)
    this.#step.value = '0'
    this.#enable(true)
    this.say(
      `ABPC ${fixed(made.method.abpc, 2)}; patches in a random order: ${fixed(made.random.abpc, 2)}. More is better: what it calls relevant mattered to the model.`,
    )
    this.#draw()
    // Whoever asks for less motion steps by hand.
    if (!matchMedia('(prefers-reduced-motion: reduce)').matches) this.#play()
  }

  #canvas(order: (typeof ORDERS)[number]): HTMLCanvasElement {
    return one(`canvas[data-order="${order}"]`, this.#dialog)
  }

  #enable(is: boolean): void {
    this.#step.disabled = !is
    one<HTMLButtonElement>('#film-play', this.#dialog).disabled = !is
  }

  #play(): void {
    if (Number(this.#step.value) >= Number(this.#step.max)) this.#step.value = '0'
    one('#film-play', this.#dialog).textContent = 'Pause'
    this.#timer = window.setInterval(() => {
      this.#step.stepUp()
      this.#draw()
      if (Number(this.#step.value) >= Number(this.#step.max)) this.#pause()
    }, MILLISECONDS_A_STEP)
  }

  #pause(): void {
    clearInterval(this.#timer)
    this.#timer = 0
    one('#film-play', this.#dialog).textContent = 'Play'
  }

  #draw(): void {
    const [made, seen] = [this.#made, this.#seen]
    if (!made || !seen) return
    const step = Number(this.#step.value)
    const share = percent(made.steps[step] ?? 0)
    one<HTMLOutputElement>('#film-step-value', this.#dialog).value = share
    for (const order of ORDERS) {
      const canvas = this.#canvas(order)
      const frame = imageDataOf(seen)
      const [red = 0, green = 0, blue = 0] = this.#removed
      made.masks[order][step]?.forEach((gone, p) => {
        if (gone === 1) frame.data.set([red, green, blue, 255], 4 * p)
      })
      canvas.getContext('2d')?.putImageData(frame, 0, 0)
      const probability = percent(made.method[order][step] ?? 0)
      canvas.setAttribute('aria-label', `${share} taken away: the probability is ${probability}`)
    }
    this.#drawCurves(made, step)
  }

  #drawCurves({ steps, method, random }: Made, step: number): void {
    const [left, right, top, bottom] = [36, 330, 10, 215]
    const x = (share: number) => left + (right - left) * share
    const y = (probability: number) => bottom - (bottom - top) * probability
    const line = (list: readonly number[], until: number, kind: string) =>
      `<polyline class="${kind}" points="${list
        .slice(0, until + 1)
        .map((p, i) => `${x(steps[i] ?? 0).toFixed(1)},${y(p).toFixed(1)}`)
        .join(' ')}"/>`
    const name = (list: readonly number[], words: string, below = 4) =>
      `<text x="${right + 6}" y="${y(list.at(-2) ?? 0) + below}">${words}</text>`
    const grid = [0, 0.5, 1]
      .map(
        p =>
          `<line class="grid" x1="${left}" x2="${right}" y1="${y(p)}" y2="${y(p)}"/><text x="${left - 6}" y="${y(p) + 4}" text-anchor="end">${p}</text>`,
      )
      .join('')
    const both = ({ morf, lerf }: Curve, until: number, kind: string) =>
      line(morf, until, `morf ${kind}`) + line(lerf, until, `lerf ${kind}`)
    const svg = one('#film-curves', this.#dialog)
    svg.innerHTML = `${grid}${both(random, steps.length, 'random')}${both(method, step, '')}
<line class="at" x1="${x(steps[step] ?? 0)}" x2="${x(steps[step] ?? 0)}" y1="${top}" y2="${bottom}"/>
${name(method.morf, 'most first')}${name(method.lerf, 'least first', Math.abs((method.lerf.at(-2) ?? 0) - (method.morf.at(-2) ?? 0)) < 0.08 ? -12 : 4)}
<text x="${(left + right) / 2}" y="${bottom + 26}" text-anchor="middle">share of pixels taken away; dotted: random order</text>`
    svg.setAttribute(
      'aria-label',
      `Probability while pixels are taken away: most relevant first falls to ${percent(method.morf[step] ?? 0)}, least relevant first is at ${percent(method.lerf[step] ?? 0)}`,
    )
  }
}
