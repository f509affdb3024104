// Pictures of what a page shows, as SVG files that need nothing else: for papers, slides and other pages.

/** Text as it may stand inside an SVG. */
export const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The address of what is shown, with the hash of its numbers, and who made what the pictures show: an SVG carries both. */
function source(): readonly string[] {
  const url = new URL(location.href)
  const canonical = document.querySelector<HTMLLinkElement>('link[rel="canonical"]')?.href
  const address = new URL(canonical ?? url.origin + url.pathname)
  address.search = url.search
  const { numbers } = document.documentElement.dataset
  if (numbers) address.searchParams.set('v', numbers)
  const credit = document.querySelector('#credit')?.textContent?.trim() ?? ''
  return [decodeURIComponent(address.href), credit].filter(Boolean)
}

const LINE = 16

/** Saves a picture, with where it is from below it. */
export function saveSvg(name: string, width: number, height: number, body: string): void {
  const lines = source().flatMap(text => wrapped(text, Math.floor(width / 5.2)))
  const foot = lines.map(
    (line, i) => `<text x="0" y="${height + (i + 1) * LINE - 4}" font-size="10" fill="#555">${xml(line)}</text>`,
  )
  const total = height + lines.length * LINE + 4
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" font-family="sans-serif"><rect width="${width}" height="${total}" fill="#fff"/>${body}${foot.join('')}</svg>\n`
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
  link.download = `${name}.svg`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Lines of at most so many signs. */
export function wrapped(text: string, signs: number): string[] {
  const lines: string[] = []
  let rest = text
  while (rest.length > signs) {
    const space = rest.lastIndexOf(' ', signs)
    const cut = space > 0 ? space : signs
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut).trimStart()
  }
  return [...lines, rest]
}

/** An image that is loaded. */
export async function loaded(src: string): Promise<HTMLImageElement> {
  const image = new Image()
  image.src = src
  await image.decode()
  return image
}
