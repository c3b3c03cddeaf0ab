// The first program of a user, with the installed package: open, track, close, open again, query and verify. try-package.ts runs
// it by each version of Node. It prints one line of JSON.

import { openImmersionTrackingStore } from 'immersion-log'

const path = process.argv[2]
if (path === undefined) throw new Error('track-and-answer needs a database file')
const config = { storage: { path } }

const store = await openImmersionTrackingStore(config)
const session = store.tracker.startSession({ videoKey: 'local:/films/ponyo.mkv', targetLanguage: 'ja' })
for (const [index, text] of ['ポニョ、そうすけ、好き！', 'お母さん', '人間になる'].entries()) {
  session.line({ text, startMs: index * 4000, endMs: index * 4000 + 3000 })
}
session.lookup({ term: '好き', hit: true })
session.end()
await store.flush()
await store.close()

const again = await openImmersionTrackingStore(config)
const { total } = await again.analytics.overview()
const { ok } = await again.maintenance.verify()
await again.close()
const { sessions, lines } = total.measures
console.log(JSON.stringify({ node: process.version, sessions, lines, verified: ok }))
