import { hashJson } from '@vitrine/records'

/** `text` as one part of a path: itself where that is safe, otherwise its words and a hash. */
export function slug(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,79}$/.test(text)) return text
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return `${words.slice(0, 40).replaceAll(/^-|-$/g, '') || 'x'}-${hashJson(text).slice(0, 6)}`
}
