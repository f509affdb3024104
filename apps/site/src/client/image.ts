import { type Annotated, truthOf } from '@vitrine/measure'
import {
  type Heatmap,
  localizationScores,
  localize,
  metrics,
  type Protocol,
  perturbationMasks,
  rankMap,
  readyMap,
  resizeBilinear,
  type Target,
  type Truth,
} from '@vitrine/metrics'
import { colourAt, cssGradient, legends, painted, type Ramp } from '@vitrine/paint'
import { decodeMap } from '@vitrine/records/record'
import type { ImageData as Drill, RunsHere } from '../data/maps/drilldown.ts'
import { fixed, significant } from '../shared/format.ts'
import { drawCurves, markStep, stepUnder } from './curves.ts'
import { one } from './page.ts'
import type { Recomputed } from './try/run-here.ts'

const drill: Drill = JSON.parse(one('#image-data').textContent ?? '')
const { width, height } = drill
const panel = one<HTMLFormElement>('#panel')
const links = [...document.querySelectorAll<HTMLAnchorElement>('#methods a')]
const root = document.documentElement.dataset.root ?? ''

interface State {
  row: string
  target: string
  protocol: string
  t: number
}

const values = (name: string): HTMLInputElement[] => [
  ...panel.querySelectorAll<HTMLInputElement>(`input[name="${name}"]`),
]
const checked = (name: string): string => values(name).find(input => input.checked)?.value ?? ''
const slider = one<HTMLInputElement>('input[name="t"]', panel)
const defaults: State = {
  row: (links.find(link => link.dataset.control === undefined) ?? links[0])?.dataset.row ?? '',
  target: drill.targets[0] ?? 'predicted',
  protocol: checked('protocol'),
  t: Number(slider.value),
}

let state = readState()

function readState(): State {
  const query = new URLSearchParams(location.search)
  const among = (name: string, list: readonly string[], preset: string) =>
    list.find(value => value === query.get(name)) ?? preset
  const t = Number(query.get('t') ?? defaults.t)
  return {
    row: among(
      'method',
      drill.rows.map(r => r.row),
      defaults.row,
    ),
    target: among('class', drill.targets, defaults.target),
    protocol: among(
      'protocol',
      drill.protocols.map(p => p.id),
      defaults.protocol,
    ),
    t: t >= 0 && t < 1 ? t : defaults.t,
  }
}

function writeState(): void {
  const query = new URLSearchParams()
  if (state.row !== defaults.row) query.set('method', state.row)
  if (state.target !== defaults.target) query.set('class', state.target)
  if (state.protocol !== defaults.protocol) query.set('protocol', state.protocol)
  if (state.t !== defaults.t) query.set('t', String(state.t))
  const search = query.size > 0 ? `?${query}` : ''
  history.replaceState(null, '', `${location.pathname}${search}`)
  // The next image is of the same method, class and threshold: each image has a best method of its own.
  const carried = new URLSearchParams({ ...Object.fromEntries(query), method: state.row })
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.crumbs [data-near]')) link.search = `?${carried}`
}

const maskOf = (runs: readonly number[]): Uint8Array => {
  const mask = new Uint8Array(width * height)
  let at = 0
  runs.forEach((length, i) => {
    if (i % 2 === 1) mask.fill(1, at, at + length)
    at += length
  })
  return mask
}

/** The class that a map explains. */
const classOf = (target: string): number =>
  ({ predicted: drill.predicted, label: drill.label, other: drill.other ?? drill.label })[target] ?? drill.predicted

const annotated: Annotated = {
  image: { width, height },
  label: drill.label,
  objects: drill.objects.map(({ label, box, runs }) => ({ label, box, ...(runs && { mask: maskOf(runs) }) })),
}

/** The truth as the runner takes it; `null` where the annotation is not part of the site. */
function truthOfShown(protocol: Protocol): Truth | null {
  const truth = truthOf(annotated, protocol.localization.objects, classOf(state.target))
  return truth.boxes.length > 0 ? truth : null
}

/** Solid: the object of the explained class; dashed: the others. */
function showTruth(): void {
  const explained = classOf(state.target)
  const named = drill.objects.some(({ label }) => label === explained) ? explained : drill.label
  for (const path of document.querySelectorAll<SVGElement>('#truth path[data-label]'))
    path.classList.toggle('other', Number(path.dataset.label) !== named)
}

function chosen(target = state.target) {
  const row = drill.rows.find(r => r.row === state.row) ?? drill.rows[0]
  const map = row?.maps[target] ?? row?.maps.predicted
  const protocol = drill.protocols.find(p => p.id === state.protocol)
  if (!row || !map || !protocol) return null
  const decoded = decodeMap(map)
  const heatmap: Heatmap = { ...decoded, scale: row.scale }
  return { row, decoded, heatmap, protocol: protocol.choices as unknown as Protocol }
}

type Chosen = NonNullable<ReturnType<typeof chosen>>

const contextOf = (canvas: HTMLCanvasElement): CanvasRenderingContext2D => {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('expected a canvas that draws, got none')
  return context
}

/** A map's colours at the image's size: smooth, or patch by patch. */
function mapPicture(at: Float32Array, ramp: Ramp, rows: number, columns: number, patches: boolean): ImageData {
  const fine = patches ? null : resizeBilinear(at, rows, columns, height, width)
  const picture = new ImageData(width, height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const patch = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width)
      picture.data.set(colourAt((fine ? fine[y * width + x] : at[patch]) ?? 0, ramp), 4 * (y * width + x))
    }
  }
  return picture
}

function paintMap({ row, decoded: { values: list, rows, columns } }: Chosen): void {
  const { at, ramp, ends } = painted(list, row)
  const patches = values('patches')[0]?.checked
  contextOf(one('#overlay')).putImageData(mapPicture(at, ramp, rows, columns, patches === true), 0, 0)
  showScale(ramp, ends)
}

/** The map's colours, from the least value to the greatest, with these. */
function showScale(ramp: Ramp, [low, high]: readonly [number, number]): void {
  one<HTMLElement>('#scale i').style.background = cssGradient(ramp)
  const [first, last] = document.querySelectorAll('#scale span')
  if (first) first.textContent = `${legends[ramp].lowWord} ${significant(low)}`
  if (last) last.textContent = `${significant(high)} ${legends[ramp].highWord}`
}

/** The edge of what is above the threshold, and the protocol's boxes. */
function paintMask({ heatmap, protocol }: Chosen): void {
  const picture = new ImageData(width, height)
  const ready = readyMap(heatmap, { width, height })
  if (ready.state === 'ok') {
    const limit = Math.fround(state.t)
    const above = (x: number, y: number) =>
      x >= 0 && y >= 0 && x < width && y < height && (ready.values[y * width + x] ?? 0) > limit
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!above(x, y)) continue
        const edge = !above(x - 1, y) || !above(x + 1, y) || !above(x, y - 1) || !above(x, y + 1)
        if (edge) picture.data.set([120, 235, 255, 255], 4 * (y * width + x))
      }
    }
  }
  contextOf(one('#mask')).putImageData(picture, 0, 0)
  const truth = truthOfShown(protocol)
  const found = truth && localize(protocol, heatmap, truth, [state.t])
  const boxes = found?.state === 'ok' ? (found.boxes?.[0] ?? []) : []
  const grid = protocol.localization.grid.kind === 'fixed' ? protocol.localization.grid : { width, height }
  one('#boxes').innerHTML = boxes
    .map(([x0, y0, x1, y1]) => [x0 * width, y0 * height, (x1 - x0) * width, (y1 - y0) * height])
    .map(
      ([x = 0, y = 0, w = 0, h = 0]) =>
        `<rect x="${x / grid.width}" y="${y / grid.height}" width="${w / grid.width}" height="${h / grid.height}"/>`,
    )
    .join('')
  showScores(protocol, found)
}

function showScores(protocol: Protocol, found: ReturnType<typeof localize> | null): void {
  const scores = found?.state === 'ok' ? localizationScores(protocol, found.counts) : null
  const leftOut = protocol.localization.images === 'correct-prediction' && drill.predicted !== drill.label
  one('#scores').innerHTML = scores
    ? Object.entries(scores)
        .map(
          ([id, [value]]) =>
            `<tr><th scope="row">${metrics[id as keyof typeof scores].name}</th><td class="num">${fixed(value ?? 0, 3)}</td></tr>`,
        )
        .join('')
    : ''
  one('#note').textContent = [
    found && !scores ? `No scores: ${found.state}.` : '',
    found ? '' : 'No scores: the annotation is not part of this site.',
    leftOut ? 'The protocol leaves this image out of its means: the prediction is wrong.' : '',
    'From the map as it is published, 256 levels.',
  ]
    .filter(Boolean)
    .join(' ')
}

let pixels: Promise<ImageData | null> | undefined

function sourcePixels(): Promise<ImageData | null> {
  pixels ??= (async () => {
    const image = document.querySelector<HTMLImageElement>('#stage img')
    if (!image) return null
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = height
    const context = contextOf(canvas)
    context.drawImage(image, 0, 0, width, height)
    return context.getImageData(0, 0, width, height)
  })()
  return pixels
}

const removedWords = drill.removed
  ? "Pixels taken away have the model's mean colour, as it saw them."
  : 'Chequered: pixels taken away; the record does not say which colour the model saw there.'

async function paintFilm({ row, heatmap, protocol }: Chosen, target: Target): Promise<void> {
  const { steps } = protocol.faithfulness
  const curves = row.curves[state.protocol]?.[target]
  const source = await sourcePixels()
  const perturbed = perturbationMasks(protocol, rankMap(heatmap, { width, height }, drill.tieSeed))
  const section = one<HTMLElement>('#perturbation')
  section.classList.toggle('without', perturbed.state !== 'ok')
  const name = drill.classNames[classOf(target)]
  one('#perturbation-note').textContent =
    perturbed.state === 'ok'
      ? `${row.name}; the probability is that of ${name}, the ${target} class. ${removedWords} Point at a frame to read its step.`
      : `${row.name} ranks no pixel above another here (${perturbed.state}), so nothing can be taken away in order.`
  for (const name of ['morf', 'lerf'] as const) {
    const frames = perturbed.state === 'ok' && source ? perturbed.masks[name] : []
    one(`#${name}`).replaceChildren(
      ...frames.map((mask, step) => frameOf(source ?? new ImageData(width, height), mask, step)),
    )
  }
  drawCurves(steps, curves)
}

function frameOf(source: ImageData, mask: Uint8Array, step: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  canvas.dataset.step = String(step)
  const frame = new ImageData(new Uint8ClampedArray(source.data), width, height)
  // A colour that is not known stays clear, and the frame shows its chequers there.
  const removed = drill.removed ? [...drill.removed, 255] : [0, 0, 0, 0]
  for (let p = 0; p < mask.length; p++) if (mask[p] === 1) frame.data.set(removed, 4 * p)
  contextOf(canvas).putImageData(frame, 0, 0)
  return canvas
}

function show(): void {
  const found = chosen()
  for (const link of links) {
    if (link.dataset.row === state.row) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
  slider.value = String(state.t)
  one<HTMLOutputElement>('#threshold', panel).value = fixed(state.t, 2)
  for (const input of values('class')) input.checked = input.value === state.target
  for (const input of values('protocol')) input.checked = input.value === state.protocol
  one('#stage').classList.toggle('explained', found !== null)
  if (!found) return
  const record = found.row.records[state.protocol]
  one('#method-name').innerHTML = record ? `<a href="${root}records/${record}.html"></a>` : '<span></span>'
  const name = one('#method-name').firstElementChild
  if (name) name.textContent = found.row.name
  // What is known of a map is of the predicted class.
  const tile = links.find(link => link.dataset.row === state.row)?.querySelector('[role="img"]')
  one('#map-words').textContent = state.target === 'predicted' ? (tile?.getAttribute('aria-label') ?? '') : ''
  one<HTMLElement>('#unstable').hidden = !found.row.unstable
  showTruth()
  paintMap(found)
  paintMask(found)
}

function update(change: Partial<State>): void {
  const before = state
  state = { ...state, ...change }
  writeState()
  show()
  if (before.row !== state.row || before.target !== state.target || before.protocol !== state.protocol) film()
}

/** The film of the explained class, or of the first one whose curves the protocol measures. */
function film(): void {
  const [first = 'predicted', ...rest] = chosen()?.protocol.faithfulness.targets ?? []
  const target = rest.find(t => t === state.target) ?? first
  const found = chosen(target)
  if (found) void paintFilm(found, target)
}

panel.addEventListener('submit', event => event.preventDefault())
panel.addEventListener('input', ({ target }) => {
  if (!(target instanceof HTMLInputElement)) return
  if (target.name === 't') update({ t: Number(target.value) })
  if (target.name === 'class') update({ target: target.value })
  if (target.name === 'protocol') update({ protocol: target.value })
  if (target.name === 'patches') show()
  if (target.name === 'show') {
    for (const { value, checked: on } of values('show')) {
      const shown = on ? 'visible' : 'hidden'
      one<HTMLElement>(`#${value}`).style.visibility = shown
      if (value === 'mask') one<HTMLElement>('#boxes').style.visibility = shown
    }
  }
})

one('#save-stage').addEventListener('click', async () => {
  const name = chosen()?.row.name
  if (name) (await import('./embed-image.ts')).saveStage(name, fixed(state.t, 2))
})

for (const link of links) {
  link.addEventListener('click', event => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    update({ row: link.dataset.row ?? state.row })
  })
}

const pointAt = (step: number): void => {
  for (const frame of document.querySelectorAll<HTMLElement>('.frames canvas')) {
    frame.classList.toggle('at', frame.dataset.step === String(step))
  }
  markStep(step)
}

one('#film').addEventListener('pointerover', ({ target }) => {
  if (target instanceof HTMLElement && target.dataset.step) pointAt(Number(target.dataset.step))
})

one<SVGElement>('#curves').addEventListener('pointermove', event => {
  const found = chosen()
  if (found) pointAt(stepUnder(event, found.protocol.faithfulness.steps))
})

show()
writeState()
// Frames cost some 50 ms; what is above the fold comes first.
requestAnimationFrame(() => setTimeout(film))

const runButton = document.querySelector<HTMLButtonElement>('#run-here')
let recomputed: Promise<Recomputed> | undefined

/** Computes the chosen map in this browser, paints it and says how far it is from the published one. */
async function runHere(files: RunsHere): Promise<void> {
  const found = chosen()
  const say = (words: string) => {
    one('#ran-here').textContent = words
  }
  if (!found?.row.bundled) return say('This method was measured with options that the playground does not have.')
  const { row, decoded } = found
  try {
    const { recompute } = await import('./try/run-here.ts')
    recomputed ??= recompute(files, drill.id, say)
    const made = await (await recomputed).map(row.bundled, classOf(state.target))
    const canvas = one<HTMLCanvasElement>('#here')
    canvas.hidden = false
    const { at, ramp } = painted(made.values, row)
    contextOf(canvas).putImageData(mapPicture(at, ramp, made.rows, made.columns, false), 0, 0)
    const peak = decoded.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    const apart = made.values.reduce((most, value, i) => Math.max(most, Math.abs(value - (decoded.values[i] ?? 0))), 0)
    const share = fixed((100 * apart) / peak, 1)
    say(
      `${row.name}, computed here in ${fixed(made.milliseconds, 0)} ms: at most ${share} % of its greatest value from the published map, which has 256 levels and was made with weights in single precision; those here have half.`,
    )
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  }
}

const { runsHere } = drill
if (runButton && runsHere) runButton.addEventListener('click', () => void runHere(runsHere))
