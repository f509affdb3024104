import { one } from './page.ts'

// The permalink of a view and its citation, and whether the numbers of a followed permalink are still the same.

const numbers = document.documentElement.dataset.numbers ?? ''
const box = one<HTMLDetailsElement>('#cite')
const link = one('#permalink')
const entry = one('#bibtex')
const built = entry.textContent ?? ''

/** The page's address as it is shown, with the hash of its numbers. */
function permalink(): string {
  const url = new URL(location.href)
  // A site that knows its address is cited by it wherever it is read.
  const canonical = document.querySelector<HTMLLinkElement>('link[rel="canonical"]')?.href
  const address = new URL(canonical ?? url.origin + url.pathname)
  address.search = url.search
  if (numbers) address.searchParams.set('v', numbers)
  return address.href.replaceAll('%2C', ',')
}

// Paper carries the citation of what it shows.
let wasOpen = false
addEventListener('beforeprint', () => {
  wasOpen = box.open
  box.open = true
  fill()
})
addEventListener('afterprint', () => {
  box.open = wasOpen
})

box.addEventListener('toggle', () => {
  if (box.open) fill()
})

function fill(): void {
  const view = permalink()
  link.textContent = view
  entry.textContent = built.includes('  url = ')
    ? built.replace(/(?<= {2}url = \{)[^}]*/, view)
    : built.replace('  note = ', `  url = {${view}},\n  note = `)
}

for (const button of box.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
  button.addEventListener('click', async () => {
    const text = one(`#${button.dataset.copy}`).textContent ?? ''
    const word = button.textContent
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      button.textContent = 'Not allowed: select and copy'
    }
    setTimeout(() => {
      button.textContent = word
    }, 2000)
  })
}

// The page's own script may have written another address since it was opened.
const [opened] = performance.getEntriesByType('navigation')
const asked = new URL(opened?.name ?? location.href).searchParams.get('v')
if (asked !== null && numbers !== '' && asked !== numbers) {
  const notice = document.createElement('p')
  notice.className = 'changed'
  notice.setAttribute('role', 'status')
  const changes = document.createElement('a')
  changes.href = `${document.documentElement.dataset.root}about.html#changes`
  changes.textContent = 'What changed'
  // A board that had these numbers may be kept.
  const kept = document.querySelector<HTMLAnchorElement>(`#former a[data-numbers="${CSS.escape(asked)}"]`)
  notice.append(`This link was made of other numbers (${asked.slice(0, 12)}) than those shown (${numbers}). `, changes)
  if (kept)
    notice.append(
      '. ',
      Object.assign(document.createElement('a'), { href: kept.href, textContent: 'The board as it was' }),
    )
  one('main').prepend(notice)
}
