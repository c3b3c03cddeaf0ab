// When retention runs by itself: not before something was written, then after a while and once a day, never twice at a
// time, never after the store is closed; and in a real store, on its own thread, while it tracks.

import { mock } from 'node:test'
import { Subject } from 'rxjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RetainOptions } from '../../src/ports/report-types.js'
import { scheduleRetention } from '../../src/store/retention-schedule.js'
import { withStore } from '../store/with-store.js'
import { idOf, line, started } from '../support/engine-logs.js'
import { until } from '../support/until.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS

const test = suite('retention by itself')

interface Scheduled {
  readonly runs: readonly RetainOptions[]
  readonly failures: readonly unknown[]
  write(): void
  pass(ms: number): Promise<void>
  setIdle(idle: boolean): void
  stop(): void
}

async function scheduled(
  config: { readonly everyMs?: number; readonly fails?: boolean },
  work: (scheduled: Scheduled) => Promise<void>,
): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout'] })
  const written = new Subject<void>()
  const runs: RetainOptions[] = []
  const failures: unknown[] = []
  let idle = true
  const { stop } = scheduleRetention({
    everyMs: config.everyMs ?? DAY_MS,
    vacuumEveryMs: WEEK_MS,
    async retain(options) {
      runs.push(options)
      if (config.fails) throw new Error('the database is away')
    },
    isIdle: () => idle,
    written,
    onFailed: (error) => failures.push(error),
  })
  try {
    await work({
      runs,
      failures,
      write: () => written.next(),
      async pass(ms) {
        mock.timers.tick(ms)
        // What a run answers is heard before more time passes.
        await new Promise((resolve) => setImmediate(resolve))
      },
      setIdle(now) {
        idle = now
      },
      stop,
    })
  } finally {
    stop()
    mock.timers.reset()
  }
}

test('nothing runs before something was written; then it runs after some seconds and every day', () =>
  scheduled({}, async ({ runs, write, pass, setIdle }) => {
    await pass(WEEK_MS)
    assert.is(runs.length, 0)
    write()
    write()
    assert.is(runs.length, 0)
    await pass(60_000)
    assert.equal(runs, [{ dueAfterMs: DAY_MS, vacuumAfterMs: WEEK_MS }])
    setIdle(false)
    await pass(DAY_MS - 1)
    assert.is(runs.length, 1)
    await pass(1)
    assert.equal(runs[1], { dueAfterMs: DAY_MS })
    await pass(DAY_MS)
    assert.is(runs.length, 3)
  }))

test('a run that fails is reported, and the next one follows all the same', () =>
  scheduled({ fails: true }, async ({ runs, failures, write, pass }) => {
    write()
    await pass(60_000)
    await pass(DAY_MS)
    assert.equal([runs.length, failures.length], [2, 2])
  }))

test('an interval of 0 is never, and a stopped one says nothing more', async () => {
  await scheduled({ everyMs: 0 }, async ({ runs, write, pass }) => {
    write()
    await pass(WEEK_MS)
    assert.is(runs.length, 0)
  })
  await scheduled({}, async ({ runs, write, pass, stop }) => {
    write()
    stop()
    await pass(WEEK_MS)
    assert.is(runs.length, 0)
  })
})

test('a store that tracks takes out what is past its window, and its sessions keep their sums', () =>
  withStore({ tz: 'UTC' }, async (store) => {
    const OLD = idOf(1)
    const [oldMs, lastMs] = [Date.now() - 9 * DAY_MS, Date.now() - 2 * DAY_MS]
    const old = [started(OLD, 1, 'local:/a', 'ja', oldMs), line(OLD, 2, oldMs), line(OLD, 3, lastMs)]
    await store.maintenance.importEvents(onePage(old))
    const session = store.tracker.startSession({ videoKey: 'local:/b' })
    session.line({ text: 'now' })
    await store.flush()
    await until('the line of nine days ago is gone', async () => {
      const { events } = await store.events({ after: 0 })
      return events.filter(({ streamId }) => streamId === OLD).length === 2
    })
    const { measures } = (await store.analytics.session(OLD)).session
    assert.is(measures.lines, 2)
    assert.is((await store.maintenance.verify()).ok, true)
    // The run that has just been is noted, for other programs as well.
    assert.is((await store.maintenance.retain({ dueAfterMs: DAY_MS })).outcome, 'not-due')
  }))

async function* onePage<T>(page: T): AsyncGenerator<T> {
  yield page
}

test.run()
