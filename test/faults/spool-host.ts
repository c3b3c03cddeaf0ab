// A host with a spool that tracks 50 events a second without end, and prints the acknowledged versions. spool-outage.test.ts
// kills it, or makes it end its session and close.

import { writeSync } from 'node:fs'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'

const EVENT_EVERY_MS = 20

const [url = '', spool = '', number = ''] = process.argv.slice(2)
const store = await openImmersionTrackingStore({ tz: 'UTC', storage: { url, spool } })
store.diagnostics.notices.subscribe((notice) => {
  // Written synchronously, so that the parent knows of the acknowledgement before anything else happens here.
  if (notice.kind === 'acknowledged') writeSync(1, `${notice.streamId} ${notice.fromVersion} ${notice.toVersion}\n`)
})
const session = store.tracker.startSession({ videoKey: `local:/${number}.mkv`, targetLanguage: 'ja' })
let line = 0
const ticks = setInterval(() => session.line({ text: `行 ${line++}`, chars: 1, words: 1 }), EVENT_EVERY_MS)
process.once('SIGTERM', () => {
  clearInterval(ticks)
  session.end()
  void store.close()
})
