/** The element that a selector names. */
export const one = <T extends Element>(selector: string, from: ParentNode = document): T => {
  const found = from.querySelector<T>(selector)
  if (!found) throw new Error(`expected ${selector}, got nothing`)
  return found
}

/** The search part of an address, as a reader would write it: marks as they are, and nothing behind what has no value. Empty without any. */
export const searchOf = (query: URLSearchParams): string =>
  query.size === 0
    ? ''
    : `?${query
        .toString()
        .replaceAll('%2C', ',')
        .replaceAll('%2F', '/')
        .replaceAll('%3A', ':')
        .replaceAll(/=(?=&|$)/g, '')}`
