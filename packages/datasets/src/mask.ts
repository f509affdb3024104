import type { SceneObject } from './dataset.ts'

/** The object of the pixels for which `inside` holds, with its mask and the smallest box around it; none if there is no such pixel. */
export function maskObject(
  label: number,
  width: number,
  height: number,
  inside: (pixel: number) => boolean,
): SceneObject[] {
  const mask = new Uint8Array(width * height)
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (!inside(p)) continue
      mask[p] = 1
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = y + 1
    }
  }
  return right === 0 ? [] : [{ label, box: [left, top, right, bottom], mask }]
}
