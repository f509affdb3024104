/** Start of a frame, of any coding; the rest of 0xc0 to 0xcf are tables. ITU T.81, table B.1. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
const SCAN = 0xda
const END = 0xd9

/**
 * Whether a JPEG goes on after a scan that holds all of its picture, with another scan or frame. libvips stops before it would notice; libjpeg, which
 * Pillow has read the file to its end, calls such a file broken.
 */
export function goesOnAfterItsScan(bytes: Buffer): boolean {
  let [components, sequential, scanned] = [0, false, false]
  for (let at = bytes.indexOf(0xff); at >= 0 && at + 10 <= bytes.length; at = bytes.indexOf(0xff, at)) {
    const marker = bytes.readUInt8(at + 1)
    if (marker === END) return false
    // Filling, a byte of picture data, or a marker without contents.
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd8) || marker === 0xff) {
      at += marker === 0xff ? 1 : 2
      continue
    }
    if (scanned && (isFrame(marker) || marker === SCAN)) return true
    if (isFrame(marker)) [sequential, components] = [marker <= 0xc1, bytes.readUInt8(at + 9)]
    if (marker === SCAN) {
      if (!sequential || bytes.readUInt8(at + 4) < components) return false
      scanned = true
    }
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return false
}
