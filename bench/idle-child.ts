// An idle program in a process of its own: one that has tracked a session which ended (`tracked`, with the database's
// path), or one that has nothing to do (`bare`). Prints its remaining activity. host.ts starts it.

import { setTimeout as sleep } from 'node:timers/promises'
import { openImmersionTrackingStore } from '../src/store/open-store.js'

/** Work that the session left behind (checkpoints, discarded code) has ended by then. */
const SETTLE_MS = 1_500

const [mode, at = '', lengthMs = '1000'] = process.argv.slice(2)
const store = mode === 'tracked' ? await openImmersionTrackingStore({ storage: { path: at } }) : null
const session = store?.tracker.startSession({ videoKey: 'local:/bench.mkv', targetLanguage: 'ja' })
for (let index = 0; index < 200; index++) session?.lookup({ hit: true })
session?.end()
await store?.flush()
await sleep(SETTLE_MS)

const timers = process.getActiveResourcesInfo().filter((name) => /timeout|timer|immediate/i.test(name)).length
const before = process.resourceUsage()
await sleep(Number(lengthMs))
const after = process.resourceUsage()
await store?.close()
const spent = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime
const switches = after.voluntaryContextSwitches - before.voluntaryContextSwitches
console.log(JSON.stringify({ timers, switches, cpuMs: spent / 1_000 }))
