import { type Region, withBox, withDisc } from './region.ts'
import { drawEdge } from './wall.ts'

/** Radius of the brush, as a share of the picture's width. */
const BRUSH = 0.05

/** Draws a region over the picture: its edge, and its inside a little lighter. */
export function drawRegion(canvas: HTMLCanvasElement, { width, height, mask }: Region): void {
  Object.assign(canvas, { width, height })
  const context = canvas.getContext('2d')
  if (!context) return
  const image = new ImageData(width, height)
  for (let p = 0; p < mask.length; p++) if (mask[p] === 1) image.data.set([255, 255, 255, 70], 4 * p)
  drawEdge(image, mask, [255, 255, 255])
  context.putImageData(image, 0, 0)
}

/** Lets the visitor draw on the picture: boxes or a brush, as the page's tool says. */
export function listenForRegion(stage: HTMLElement, current: () => Region, change: (region: Region) => void): void {
  let before: Region | undefined
  let start: readonly [number, number] = [0, 0]
  const at = ({ clientX, clientY }: PointerEvent): readonly [number, number] => {
    const { left, top, width, height } = stage.getBoundingClientRect()
    return [(clientX - left) / width, (clientY - top) / height]
  }
  const draw = (event: PointerEvent): void => {
    if (!before) return
    const tool = document.querySelector<HTMLInputElement>('input[name="tool"]:checked')?.value
    change(tool === 'brush' ? withDisc(current(), at(event), BRUSH) : withBox(before, start, at(event)))
  }
  stage.addEventListener('pointerdown', event => {
    if (event.button !== 0) return
    event.preventDefault()
    stage.setPointerCapture(event.pointerId)
    before = current()
    start = at(event)
    draw(event)
  })
  stage.addEventListener('pointermove', draw)
  for (const end of ['pointerup', 'pointercancel'] as const)
    stage.addEventListener(end, () => {
      before = undefined
    })
}
