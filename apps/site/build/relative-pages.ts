import type { MiddlewareHandler } from 'astro'
import { siteSource } from '../src/data/source/source.ts'
import { ROOT, wayToRoot } from '../src/shared/root.ts'

/** A server answers with the page of what is missing at any depth: where the site's address is known, its links begin with that. */
function wayFrom(path: string): string {
  const { address } = siteSource()
  return path === '404.html' && address ? new URL(address).pathname : wayToRoot(path)
}

/** Makes the links of a page relative: in its bytes, since thousands of pages take long to decode and encode again. */
export const onRequest: MiddlewareHandler = async ({ url }, next) => {
  const response = await next()
  const page = Buffer.from(await response.arrayBuffer())
  const way = Buffer.from(wayFrom(url.pathname.slice(ROOT.length)))
  const parts: Uint8Array[] = []
  let from = 0
  for (let at = page.indexOf(ROOT); at !== -1; at = page.indexOf(ROOT, from)) {
    parts.push(page.subarray(from, at), way)
    from = at + ROOT.length
  }
  return new Response(Buffer.concat([...parts, page.subarray(from)]), response)
}
