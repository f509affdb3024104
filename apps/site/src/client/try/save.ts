import type { MadeMap, OpenedModel } from './messages.ts'

/** Gives the visitor a file. */
function save(content: Blob, name: string): void {
  const reader = new FileReader()
  reader.onload = () => {
    const link = document.createElement('a')
    link.href = String(reader.result)
    link.download = name
    link.click()
  }
  reader.readAsDataURL(content)
}

const TILE = 224
const TEXT = 24

/** The wall as one PNG: each map with its method's name below. */
export async function saveWall(wall: Element, asked: string): Promise<void> {
  const tiles = [...wall.children].map(tile => ({
    maps: [...tile.querySelectorAll('canvas')],
    name: tile.querySelector('a, span')?.textContent ?? '',
  }))
  const wide = Math.max(...tiles.map(({ maps }) => maps.length))
  const columns = Math.max(1, Math.min(Math.floor(8 / wide), tiles.length))
  const rows = Math.ceil(tiles.length / columns)
  const canvas = new OffscreenCanvas(columns * wide * TILE, rows * (TILE + TEXT) + TEXT)
  const context = canvas.getContext('2d')
  if (!context) return
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = '#222'
  context.font = '15px sans-serif'
  tiles.forEach(({ maps, name }, i) => {
    const [x, y] = [(i % columns) * wide * TILE, Math.floor(i / columns) * (TILE + TEXT)]
    maps.forEach((map, k) => {
      context.drawImage(map, x + k * TILE, y, TILE, TILE)
    })
    context.fillText(name, x + 4, y + TILE + 17, wide * TILE - 8)
  })
  context.fillText(`Evidence for ${asked}. Made by Vitrine in a browser.`, 4, canvas.height - 7)
  save(await canvas.convertToBlob({ type: 'image/png' }), 'vitrine-wall.png')
}

interface Maps {
  readonly image: string
  readonly model: OpenedModel
  readonly probabilities: Float32Array
  readonly maps: readonly MadeMap[]
}

/** The raw maps as JSON, one object a map, with the names that `explain --json` has. */
export function saveMaps({ image, model, probabilities, maps }: Maps): void {
  const classAt = (index: number) => ({ index, name: model.classNames[index], probability: probabilities[index] })
  const lines = maps.map(({ method, target, rows, columns, values, backend, precision }) => ({
    image,
    model: model.name,
    weights: model.hash,
    method,
    backend,
    precision,
    class: classAt(target),
    rows,
    columns,
    map: Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]),
  }))
  save(new Blob([JSON.stringify(lines)], { type: 'application/json' }), 'vitrine-maps.json')
}
