// A thread of a worker process. It ends the process when the parent is gone, also while the main thread is in an endless loop.
import { workerData } from 'node:worker_threads'

const parent: number = workerData

function isGone(): boolean {
  try {
    process.kill(parent, 0)
    return process.ppid !== parent
  } catch {
    return true
  }
}

setInterval(() => {
  if (isGone()) process.kill(process.pid, 'SIGKILL')
}, 1000)
