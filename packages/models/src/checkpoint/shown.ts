/** A value of a foreign file for a message: short, on one line, whatever the value is. */
export function shown(value: unknown, limit = 100): string {
  if (typeof value === 'string') return cut(printable(value), limit)
  if (typeof value !== 'object' || value === null) return cut(String(value), limit)
  if (Array.isArray(value)) {
    const flat = value.slice(0, 10).map(item => (typeof item === 'object' && item !== null ? '…' : shown(item, 20)))
    return cut(`[${flat.join(', ')}${value.length > 10 ? ', …' : ''}]`, limit)
  }
  const fields = Object.entries(value).slice(0, 10)
  return cut(`{ ${fields.map(([name, field]) => `${shown(name, 20)}: ${shallow(field)}`).join(', ')} }`, limit)
}

const shallow = (value: unknown): string => (typeof value === 'object' && value !== null ? '…' : shown(value, 20))

const cut = (text: string, limit: number): string => (text.length > limit ? `${text.slice(0, limit)}…` : text)

/** Without control characters, which a terminal would obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
