import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type OutgoingHttpHeaders } from 'node:http'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.csv': 'text/csv',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}
const squeezed = new Set(['.html', '.css', '.js', '.json', '.csv', '.svg'])

/** A plain file server below a sub-path, which compresses text as hosts of static files do. */
export async function serve(
  folder: string,
  { below = '/a/sub-path/', headers = {} }: { readonly below?: string; readonly headers?: OutgoingHttpHeaders } = {},
): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = join(folder, decodeURIComponent(pathname.slice(below.length)))
    if (!pathname.startsWith(below) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end()
      return
    }
    const type = extname(file)
    const bytes = readFileSync(file)
    const gzip = squeezed.has(type)
    response.writeHead(200, {
      ...headers,
      'content-type': types[type] ?? 'application/octet-stream',
      ...(gzip && { 'content-encoding': 'gzip' }),
    })
    response.end(gzip ? gzipSync(bytes) : bytes)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port, got none')
  return {
    url: `http://127.0.0.1:${address.port}${below}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
