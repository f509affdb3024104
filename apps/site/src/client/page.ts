/** The element that a selector names. */
export const one = <T extends Element>(selector: string, from: ParentNode = document): T => {
  const found = from.querySelector<T>(selector)
  if (!found) throw new Error(`expected ${selector}, got nothing`)
  return found
}
