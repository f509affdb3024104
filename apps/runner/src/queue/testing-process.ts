// A worker or a coordinator in a process of its own, for tests that kill it:
// `node testing-process.ts work URL NAME PACE DEED` and `node testing-process.ts coordinate URL STORE IMAGES`.
import { openStore } from '@vitrine/records'
import { coordinate, type Deed, placePlan, placeWorkers, startWorker } from './testing-fleet.ts'

if (import.meta.main) {
  const [, , what, url = '', name = '', number = '', deed = 'rows'] = process.argv
  if (what === 'work') {
    // A deed other than rows is done once in three tasks.
    let tasks = 0
    const transport = placeWorkers({
      pace: Number(number),
      deed: () => (deed === 'refuse' || tasks++ % 3 === 1 ? (deed as Deed) : 'rows'),
    })
    await startWorker(url, name, { transport })
  } else {
    using store = openStore(name)
    const { result } = await coordinate(url, store, await placePlan(Number(number)), { window: 8 })
    process.exitCode = result !== 'interrupted' && result.complete ? 0 : 1
  }
}
