// Ten million calls while the database stands still: memory stays bounded, no call waits, and once the database goes on,
// every total is there to the last word and diagnostics accounts for every event.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { TrackedSession } from '../../src/ports/tracker-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { accountOf, withFolder } from './with-store.js'

const test = suite('ten million calls')

const CALLS = 10_000_000
const CALLS_PER_TURN = 1000
const SESSIONS = 3
/** What the heap may differ by between the second and the last million calls, with its garbage collected. */
const HEAP_GROWTH_MAX_BYTES = 16 * 2 ** 20
/** The database stands still for the whole run, some half a minute; a garbage collection takes some milliseconds. */
const CALL_MAX_MS = 1000

/** Eight letters and three words in each, distinguished by the number, so that no line repeats the one before. */
const LETTERS_OF_TEXT = 8
const WORDS_OF_TEXT = 3
const textOf = (line: number) => `eat my ${100 + (line % 900)}`

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function heapAfterCollection(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

test('a stalled database costs neither memory nor time, and loses no total', () =>
  withFolder(async (folder) => {
    const stalled = join(folder, 'stalled')
    const provider = new URL('../fixtures/faulty.js', import.meta.url).href
    const store = await openImmersionTrackingStore({
      storage: { provider, faults: [{ kind: 'hang', whileFile: stalled }] },
      worker: { stuckAfterMs: 3_600_000 },
    })
    try {
      writeFileSync(stalled, '')
      const sessions = Array.from({ length: SESSIONS }, (_, number) =>
        store.tracker.startSession({ videoKey: `local:/${number}.mkv`, targetLanguage: 'en', inferSeeks: false }),
      )
      const expected = { lines: 0, chars: 0, words: 0, lookups: 0, cards: 0, pauses: 0 }
      let longestMs = 0
      let heapEarly = 0

      for (let call = 0; call < CALLS; call++) {
        const session = sessions[call % SESSIONS] as TrackedSession
        const startedMs = performance.now()
        oneCall(session, call, expected)
        longestMs = Math.max(longestMs, performance.now() - startedMs)
        if (call % CALLS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
        if (call === CALLS / 5) heapEarly = heapAfterCollection()
      }
      const growth = heapAfterCollection() - heapEarly
      const during = store.diagnostics.snapshot()

      assert.ok(longestMs < CALL_MAX_MS, `the longest call took ${longestMs} ms`)
      assert.ok(growth < HEAP_GROWTH_MAX_BYTES, `the heap grew by ${growth} bytes`)
      assert.ok(during.waiting + during.inFlight <= 1000 + 4 * SESSIONS, `${during.waiting} wait`)
      assert.is(during.acknowledged, 0)
      assert.is(during.dropped, 0)
      assert.ok(during.summarized > CALLS / 4)
      assert.is(accountOf(during).admitted, accountOf(during).accounted)

      for (const session of sessions) session.end()
      rmSync(stalled)
      await store.flush({ timeoutMs: 60_000 })
      const { total } = await store.analytics.overview()
      for (const [name, sum] of Object.entries(expected)) {
        assert.is(total.measures[name as keyof typeof expected], sum, name)
      }
      const after = store.diagnostics.snapshot()
      assert.equal([after.waiting, after.inFlight, after.setAside, after.state], [0, 0, 0, 'ok'])
      assert.is(after.admitted, after.acknowledged + after.summarized)
      assert.is((await store.maintenance.verify()).ok, true)
    } finally {
      await store.close({ timeoutMs: 1000 }).catch(() => undefined)
    }
  }))

/** Of twenty calls: two lines, one of them with counts, four lookups, a card, a pause, a resumption, and positions. */
function oneCall(session: TrackedSession, call: number, expected: Record<string, number>): void {
  const line = { text: textOf(call), startMs: call * 2000, endMs: call * 2000 + 1500 }
  switch (call % 20) {
    case 0:
    case 10:
      session.line(call % 20 === 0 ? { ...line, chars: LETTERS_OF_TEXT, words: WORDS_OF_TEXT } : line)
      add(expected, { lines: 1, chars: LETTERS_OF_TEXT, words: WORDS_OF_TEXT })
      break
    case 2:
    case 7:
    case 12:
    case 17:
      session.lookup({ term: 'eat' })
      add(expected, { lookups: 1 })
      break
    case 4:
      session.card({ noteIds: [call] })
      add(expected, { cards: 1 })
      break
    case 8:
      session.pause()
      add(expected, { pauses: 1 })
      break
    case 9:
      session.resume()
      break
    default:
      session.position(call)
  }
}

function add(sums: Record<string, number>, added: Record<string, number>): void {
  for (const name in added) sums[name] = (sums[name] ?? 0) + (added[name] ?? 0)
}

test.run()
