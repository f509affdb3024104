import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type DownloadProgress, downloadChannel } from '@vitrine/models'
import { showStatus, tell } from './terminal.ts'

/** Tells on stderr how far downloads of models have come; answers with what ends it. */
export function showDownloads(): () => void {
  const terminal = process.stderr.isTTY === true
  let lastShown = 0
  const show = (message: unknown) => {
    const { file, done, size } = message as DownloadProgress
    const now = performance.now()
    if (done < size && now - lastShown < (terminal ? 100 : 10_000)) return
    lastShown = now
    const line = `${file}: ${(done / 1e6).toFixed(1)} of ${(size / 1e6).toFixed(1)} MB`
    if (terminal && done < size) showStatus([line])
    else tell(line)
  }
  subscribe(downloadChannel, show)
  return () => unsubscribe(downloadChannel, show)
}
