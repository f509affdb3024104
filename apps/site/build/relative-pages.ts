import type { MiddlewareHandler } from 'astro'
import { ROOT, wayToRoot } from '../src/shared/root.ts'

/** Makes the links of a page relative: in its bytes, since thousands of pages take long to decode and encode again. */
export const onRequest: MiddlewareHandler = async ({ url }, next) => {
  const response = await next()
  const page = Buffer.from(await response.arrayBuffer())
  const way = Buffer.from(wayToRoot(url.pathname.slice(ROOT.length)))
  const parts: Uint8Array[] = []
  let from = 0
  for (let at = page.indexOf(ROOT); at !== -1; at = page.indexOf(ROOT, from)) {
    parts.push(page.subarray(from, at), way)
    from = at + ROOT.length
  }
  return new Response(Buffer.concat([...parts, page.subarray(from)]), response)
}
