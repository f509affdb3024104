/** The element that a selector names. */
export const one = <T extends Element>(selector: string, from: ParentNode = document): T => {
  const found = from.querySelector<T>(selector)
  if (!found) throw new Error(`expected ${selector}, got nothing`)
  return found
}

/** Sets the text of an element that holds nothing else: one that stays is not laid out anew, and one that changes keeps its node. */
export function setText(of: Element, text: string): void {
  if (!of.firstChild) of.append(text)
  else if (of.firstChild.nodeValue !== text) of.firstChild.nodeValue = text
}

/** Sets an attribute, and touches nothing where that has the value. */
export function setAttribute(of: Element, name: string, value: string): void {
  if ((of.getAttribute(name) ?? '') !== value) of.setAttribute(name, value)
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
