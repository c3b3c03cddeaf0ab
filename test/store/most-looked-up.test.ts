// A program follows the log for what the ledger cannot tell: which words are looked up most. It reads what is there, then
// what comes, each event once and in order, and it can go on where it stopped.

import { firstValueFrom, scan, skipWhile, take, toArray } from 'rxjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodePayload } from '../../src/events/codec.js'
import type { RecordedEvent } from '../../src/events/types.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { event, idOf, line, started } from '../support/engine-logs.js'
import { until, withStore } from './with-store.js'

const test = suite('following the log')

function termOf(event: RecordedEvent): string | null {
  if (event.type !== 'lookup.performed') return null
  const payload = decodePayload(event.type, event.payloadVersion, event.payload)
  return typeof payload?.term === 'string' ? payload.term : null
}

/** How often each word was looked up. */
function countTerms(counts: ReadonlyMap<string, number>, event: RecordedEvent): ReadonlyMap<string, number> {
  const term = termOf(event)
  return term === null ? counts : new Map(counts).set(term, (counts.get(term) ?? 0) + 1)
}

function lookUp(store: ImmersionTrackingStore, terms: string): void {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (const term of terms) session.lookup({ term })
  session.end()
}

test('the most looked-up words come from what is there and from what follows', () =>
  withStore({}, async (store) => {
    lookUp(store, '猫犬猫')
    await store.flush()
    const counted = firstValueFrom(
      store.follow({ after: 0 }).pipe(
        scan(countTerms, new Map<string, number>()),
        skipWhile((counts) => (counts.get('犬') ?? 0) < 4),
      ),
    )
    lookUp(store, '犬犬')
    await store.flush()
    lookUp(store, '犬')
    assert.equal(
      [...(await counted)],
      [
        ['猫', 2],
        ['犬', 4],
      ],
    )
  }))

test('each event comes once and in order, also what another program writes, and a follower can go on', () =>
  withStore({}, async (store, folder) => {
    const other = await openImmersionTrackingStore({ storage: { path: `${folder}/immersion.sqlite` } })
    try {
      const followed = firstValueFrom(store.follow({ after: 0 }).pipe(take(3000), toArray()))
      for (let round = 0; round < 15; round++) {
        const writing = round % 2 === 0 ? store : other
        lookUp(writing, '猫'.repeat(198))
        await writing.flush()
      }
      const events = await followed
      assert.equal(
        events.map(({ position }) => position),
        Array.from({ length: 3000 }, (_, index) => index + 1),
      )
      const later = await firstValueFrom(store.follow({ after: 2990 }).pipe(take(10), toArray()))
      assert.equal(later, events.slice(2990))
    } finally {
      await other.close()
    }
  }))

test('a follower that throws is dropped and reported, one that leaves hears no more, and close completes', () =>
  withStore({}, async (store) => {
    const heard: string[] = []
    store.follow({ after: 0 }).subscribe(() => {
      throw new Error('mine')
    })
    const leaving = store.follow({ after: 0 }).subscribe(() => heard.push('left'))
    leaving.unsubscribe()
    store.follow({ after: 0 }).subscribe({ complete: () => heard.push('complete') })
    lookUp(store, '猫')
    await store.flush()
    await until('the failing follower is reported', () => store.diagnostics.snapshot().lastError?.message === 'mine')
    await store.close()
    await until('the other is completed', () => heard.includes('complete'))
    assert.equal(heard, ['complete'])
  }))

test('a follower hears once of events that were removed before it read them, just before the next event', () =>
  withStore({}, async (store) => {
    const [first, second] = [idOf(1), idOf(2)]
    const ended = event(first, 5, { type: 'session.ended', payload: { reason: 'finished' } })
    // Positions 1 to 8. Retention keeps the facts at 1, 5 and 6.
    const events = [started(first, 1, 'a:1'), ...[2, 3, 4].map((version) => line(first, version)), ended]
    events.push(started(second, 1, 'a:1'), line(second, 2), line(second, 3))
    await store.maintenance.importEvents(
      (async function* () {
        yield events
      })(),
    )
    // The first run only notes that the clock is far ahead of the events.
    await store.maintenance.retain()
    assert.is((await store.maintenance.retain()).pruned.detail, 5)
    const heard: unknown[] = []
    store.diagnostics.notices.subscribe((notice) => {
      if (notice.kind === 'follow-gap') heard.push([notice.from, notice.through])
    })
    const following = store.follow({ after: 0 }).subscribe(({ position }) => heard.push(position))
    await until('the end of the log is reached', () => heard.length === 5)
    lookUp(store, '猫')
    await store.flush()
    await until('new events are followed', () => heard.length === 8)
    assert.equal(heard, [1, [2, 4], 5, 6, [7, 8], 9, 10, 11])
    following.unsubscribe()
    heard.length = 0
    const later = await firstValueFrom(store.follow({ after: 3 }))
    assert.equal([heard, later.position], [[[4, 4]], 5])
  }))

test('a position or a limit that is none is refused', () =>
  withStore({ storage: { provider: 'memory' } }, async (store) => {
    const refused = (error: { readonly code?: string }) => error.code === 'INVALID_ARGUMENT'
    for (const after of [-1, 1.5, Number.NaN]) {
      assert.ok(refused(await firstValueFrom(store.follow({ after })).catch((error) => error)))
    }
    for (const query of [{ after: -1 }, { after: 0, limit: 0 }, { after: 0, limit: 10_001 }]) {
      await store.events(query).then(
        () => assert.unreachable(),
        (error) => assert.ok(refused(error)),
      )
    }
  }))

test.run()
