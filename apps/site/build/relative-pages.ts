import type { MiddlewareHandler } from 'astro'
import { ROOT, wayToRoot } from '../src/shared/root.ts'

/** Makes the links of a page relative. */
export const onRequest: MiddlewareHandler = async ({ url }, next) => {
  const response = await next()
  const html = await response.text()
  return new Response(html.replaceAll(ROOT, wayToRoot(url.pathname.slice(ROOT.length))), response)
}
