// Lets the playground work without a network after its first visit: what the page and its worker have kept is the answer where the
// network has none. It keeps nothing by itself and asks no other host.
addEventListener('install', () => self.skipWaiting())
addEventListener('activate', event => event.waitUntil(self.clients.claim()))
addEventListener('fetch', event => {
  const { request } = event
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return
  event.respondWith(
    fetch(request).catch(async error => {
      const kept = await caches.match(request, { ignoreSearch: true })
      if (kept) return kept
      throw error
    }),
  )
})
