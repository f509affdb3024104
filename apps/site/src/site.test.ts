import { after, before } from 'node:test'
import './site-tests/board.ts'
import './site-tests/charts-and-maps.ts'
import './site-tests/cite.ts'
import './site-tests/compare.ts'
import './site-tests/embed.ts'
import './site-tests/files.ts'
import './site-tests/front-page.ts'
import './site-tests/gallery.ts'
import './site-tests/image.ts'
import './site-tests/method.ts'
import './site-tests/metrics.ts'
import './site-tests/readers.ts'
import { openSite, site } from './testing/site.ts'

// One build and one browser for the tests of every kind of page.
before(openSite, { timeout: 600_000 })
after(() => site().close())
