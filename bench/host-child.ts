// A host in a process of its own: it has 2,000 events a second, which it reports to the tracker (`tracked`, with the
// database's path) or pushes onto an array (`bare`). Prints how late its event loop was. host.ts starts it.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { openImmersionTrackingStore } from '../src/store/open-store.js'
import { type Line, linesOf } from './mix-texts.js'
import { lineCall } from './played-mix.js'

const TICK_MS = 5
const EVENTS_A_TICK = 10
const SETTLE_MS = 500

const [mode, at = '', lengthMs = '1000'] = process.argv.slice(2)
const store = mode === 'tracked' ? await openImmersionTrackingStore({ storage: { path: at } }) : null
const session = store?.tracker.startSession({ videoKey: 'local:/bench.mkv', targetLanguage: 'ja' })
const lines = linesOf('ja')
let happened = 0
let seen: object[] = []

const ticking = setInterval(() => {
  for (let index = 0; index < EVENTS_A_TICK; index++) {
    happened++
    // Counted by us, which happens on the worker's thread.
    const line = lineCall(lines[happened % lines.length] as Line, happened * 4_000, 'product')
    if (session === undefined) seen.push(line)
    else if (happened % 5 < 3) session.line(line)
    else if (happened % 5 === 3) session.lookup({ hit: true })
    else session.position(happened * 4_000)
  }
  if (seen.length > 1_000) seen = []
}, TICK_MS)

await sleep(SETTLE_MS)
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
await sleep(Number(lengthMs))
delay.disable()
clearInterval(ticking)
const lost = store?.diagnostics.snapshot()
await store?.close()
const shed = (lost?.summarized ?? 0) + (lost?.dropped ?? 0)
console.log(JSON.stringify({ p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6, happened, shed }))
