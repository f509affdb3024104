// What the browser keeps of the playground, so that a second visit loads nothing again and needs no network.

const NAME = 'vitrine-try'

/** The browser's store; `undefined` where it gives none, such as in a page that is not from https or this machine. */
const store = (): Promise<Cache | undefined> =>
  typeof caches === 'undefined' ? Promise.resolve(undefined) : caches.open(NAME).catch(() => undefined)

/** A file of the site: the kept copy, or the server's, which is kept once it is read whole. */
export async function keptOrFetched(url: string): Promise<Response> {
  const cache = await store()
  const kept = await cache?.match(url)
  if (kept) return kept
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`)
  // A store that is full is no reason not to go on.
  cache?.put(url, response.clone()).catch(() => undefined)
  return response
}

/** Keeps the files that this page or worker was made of. All but the page have names that change with what they hold. */
export async function keepOwnFiles(): Promise<void> {
  const cache = await store()
  if (!cache) return
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name)
  const own = [location.href, ...loaded].map(address => Object.assign(new URL(address), { search: '', hash: '' }))
  const urls = new Set(own.filter(({ origin }) => origin === location.origin).map(({ href }) => href))
  await Promise.all(
    [...urls].map(async url => {
      if (!url.endsWith('.html') && (await cache.match(url))) return
      const response = await fetch(url, { cache: 'force-cache' }).catch(() => undefined)
      if (response?.ok) await cache.put(url, response).catch(() => undefined)
    }),
  )
}

/** Lets the service worker answer without a network, where the browser has one for the page. */
export async function workOffline(script: string, scope: string): Promise<void> {
  if ('serviceWorker' in navigator) await navigator.serviceWorker.register(script, { scope }).catch(() => undefined)
}
