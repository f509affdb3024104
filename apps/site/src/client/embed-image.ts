import { saveSvg, wrapped, xml } from './embed.ts'
import { one } from './page.ts'

const SIDE = 448

/** Saves the stage of an image's page as it is: the image in grey, the map, what is above the threshold, the outlines, and the scores. */
export function saveStage(name: string, threshold: string): void {
  const picture = document.querySelector<HTMLImageElement>('#stage img')
  const layers = [...document.querySelectorAll<HTMLCanvasElement>('#stage canvas')]
  const { width = 224, height = 224 } = layers[0] ?? {}
  const tall = (SIDE * height) / width
  const grey = picture ? greyOf(picture, width, height) : ''
  const images = [grey, ...layers.filter(isShown).map(canvas => canvas.toDataURL('image/png'))].filter(Boolean)
  const paths = [...document.querySelectorAll<SVGGraphicsElement>('#truth path, #boxes rect')].filter(isShown)
  const lines = paths.map(path => {
    const { stroke, strokeWidth, strokeDasharray } = getComputedStyle(path)
    const copy = path.cloneNode() as SVGGraphicsElement
    for (const attribute of ['class', 'data-label', 'style']) copy.removeAttribute(attribute)
    copy.setAttribute('fill', 'none')
    copy.setAttribute('stroke', stroke)
    copy.setAttribute('stroke-width', strokeWidth)
    if (strokeDasharray !== 'none') copy.setAttribute('stroke-dasharray', strokeDasharray)
    return new XMLSerializer().serializeToString(copy)
  })
  const scores = [...document.querySelectorAll('#scores tr')].map(
    row => `${row.querySelector('th')?.textContent} ${row.querySelector('td')?.textContent}`,
  )
  const texts = [
    `${name}: ${one('h1').textContent}`,
    ...wrapped(`threshold ${threshold}${scores.length > 0 ? `; ${scores.join(', ')}` : ''}`, 76),
  ]
  const body = `<g>${images.map(href => `<image width="${SIDE}" height="${tall}" href="${href}"/>`).join('')}</g><svg width="${SIDE}" height="${tall}" viewBox="0 0 ${width} ${height}">${lines.join('')}</svg>${texts.map((text, i) => `<text x="0" y="${tall + 20 + 18 * i}" font-size="${i === 0 ? 14 : 11}">${xml(text)}</text>`).join('')}`
  saveSvg(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), SIDE, tall + 12 + 18 * texts.length, body)
}

const isShown = (element: Element): boolean => getComputedStyle(element).visibility === 'visible'

function greyOf(picture: HTMLImageElement, width: number, height: number): string {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (!context) return ''
  context.filter = 'grayscale(1)'
  context.drawImage(picture, 0, 0, width, height)
  return canvas.toDataURL('image/png')
}
