import { after, before } from 'node:test'
import { openPlayground, playground } from './testing/playground.ts'
import './try-tests/browser.ts'
import './try-tests/engines.ts'
import './try-tests/hostile.ts'
import './try-tests/maps.ts'
import './try-tests/page.ts'

// The playground in a real browser.
before(openPlayground, { timeout: 600_000 })
after(() => playground().close())
