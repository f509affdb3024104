import { createHash } from 'node:crypto'

/** Runs before the page is painted: it has to be inline, and is the only inline script that pages allow. */
export const firstScript = `document.documentElement.classList.add('js')
try {
  const theme = localStorage.getItem('vitrine-theme')
  if (theme) document.documentElement.dataset.theme = theme
} catch {}
// A transition that a page is too late for is left out, and that is no error.
addEventListener('unhandledrejection', event => {
  if (/^Transition was (aborted|skipped)/.test(event.reason?.message)) event.preventDefault()
})`

const hash = createHash('sha256').update(firstScript).digest('base64')

/**
 * The Content Security Policy of every page. Records come from strangers: should a text of theirs ever become markup, it runs no script
 * and reaches no other host. Styles may be inline, because charts and tiles carry their places in `style`.
 */
export const policy = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${hash}'`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
