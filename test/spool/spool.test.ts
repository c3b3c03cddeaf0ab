// storage.spool: a local log before a server that comes and goes. What a long outage and kill -9 do is in test/faults.

import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { NewEvent } from '../../src/events/types.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import { checkConfig, type StoreConfig } from '../../src/store/config.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { compareLogs } from '../../src/store/replication.js'
import { session } from '../replicate/logs.js'
import { withFolder } from '../store/with-store.js'
import { idOf } from '../support/engine-logs.js'
import { type LockedServer, privateServer, withLockedServer } from '../support/locked-server.js'
import { requires } from '../support/requires.js'
import { until } from '../support/until.js'

const SECRET = 'over the spool'
const LINES = 5
const NEVER_TRACKED = '00000000-0000-4000-8000-0000000000ff'

const test = suite('spool')
const withServer = requires(test, privateServer('postgres'))

interface Device extends LockedServer {
  /** Of the spool. */
  readonly path: string
  readonly serverUrl: string
  open(config?: StoreConfig, spool?: boolean): Promise<ImmersionTrackingStore>
  /** The spool by itself, as a log. */
  openSpool(): Promise<ImmersionTrackingStore>
  /** What the spool and the server have counted is the same, and both are well. */
  assertSame(): Promise<void>
}

function withDevice(work: (device: Device) => Promise<void>): Promise<void> {
  return withFolder((folder) =>
    withLockedServer('postgres', SECRET, async (locked) => {
      const stores: ImmersionTrackingStore[] = []
      const [url, path] = [locked.url('learner', SECRET), join(folder, 'spool.sqlite')]
      try {
        await work({
          ...locked,
          ...{ path, serverUrl: url },
          async open(config = {}, spool = true) {
            const storage = spool ? { url, spool: path } : { url }
            const store = await openImmersionTrackingStore({ tz: 'UTC', ...config, storage })
            stores.push(store)
            return store
          },
          async openSpool() {
            const store = await openImmersionTrackingStore({ storage: { path }, retention: { runEveryMs: 0 } })
            stores.push(store)
            return store
          },
          async assertSame() {
            const { ok, differing, equal, streams } = await compareLogs({ storage: path }, { storage: { url } })
            assert.equal([ok, differing, equal], [true, [], streams])
          },
        })
      } finally {
        for (const store of stores) await store.close({ timeoutMs: 0 }).catch(() => undefined)
      }
    }),
  )
}

async function play(store: ImmersionTrackingStore): Promise<string> {
  const tracked = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let line = 0; line < LINES; line++) tracked.line({ text: `行 ${line}`, chars: 2, words: 1 })
  tracked.end()
  await store.flush({ timeoutMs: 20_000 })
  return tracked.sessionId
}

async function lines(store: ImmersionTrackingStore): Promise<readonly [count: number | undefined, fromSpool: boolean]> {
  const { total, fromSpool } = await store.analytics.overview()
  return [total.measures.lines, fromSpool === true]
}

/** Lines as the server counts them. On a busy machine it is away now and then, and the spool answers meanwhile. */
async function linesOnServer(store: ImmersionTrackingStore): Promise<number | undefined> {
  const answer = await until('the server answers', async () => {
    const [count, fromSpool] = await lines(store)
    return !fromSpool && { count }
  })
  return answer.count
}

const isBack = (store: ImmersionTrackingStore) =>
  until('the server is back', () => store.diagnostics.snapshot().spool?.state === 'forwarding', 60_000)

async function codeOf(asked: Promise<unknown>): Promise<string> {
  const error: unknown = await asked.then(
    () => assert.unreachable(),
    (refused) => refused,
  )
  return error instanceof ImmersionError ? error.code : String(error)
}

withServer('a store opens, records and answers while its server is away, and says so; then the server has it', () =>
  withDevice(async (device) => {
    await device.server.stop()
    const store = await device.open()
    const said: string[] = []
    store.diagnostics.notices.subscribe((notice) => {
      if (notice.kind === 'spool') said.push(notice.state)
    })
    const first = await play(store)
    assert.equal(await lines(store), [LINES, true])
    assert.is((await store.analytics.session(first)).fromSpool, true)
    // The server may well know it.
    assert.is(await codeOf(store.analytics.session(NEVER_TRACKED)), 'STORAGE_UNAVAILABLE')
    assert.is(await codeOf(store.maintenance.verify()), 'STORAGE_UNAVAILABLE')
    assert.is((await store.maintenance.settings()).dayStartsAtHour, 4)
    const { state, spool, acknowledged, admitted, lastError } = store.diagnostics.snapshot()
    assert.equal([state, spool?.state, spool?.forwarded, acknowledged], ['ok', 'away', 0, admitted])
    assert.ok(!JSON.stringify(lastError).includes(SECRET))

    await device.server.start()
    await isBack(store)
    assert.is(await linesOnServer(store), LINES)
    assert.is(await codeOf(store.analytics.session(NEVER_TRACKED)), 'UNKNOWN_SESSION')
    // What was tracked is in the next answer, as without a spool.
    for (let times = 2; times <= 4; times++) {
      await play(store)
      assert.is(await linesOnServer(store), times * LINES)
    }
    await device.server.kill()
    await play(store)
    assert.equal(await lines(store), [5 * LINES, true])
    await device.server.start()
    await isBack(store)
    assert.is(await linesOnServer(store), 5 * LINES)
    assert.equal(said.slice(-3), ['forwarding', 'away', 'forwarding'])
    await store.close()
    await device.assertSame()
  }),
)

withServer('what a device corrects while the server is away arrives; what others correct is known to its spool', () =>
  withDevice(async (device) => {
    const store = await device.open({ settings: { dayStartsAtHour: 4 } })
    const [kept, discarded, erased] = [await play(store), await play(store), await play(store)]
    await store.corrections.adjustSession(kept, { measures: { lines: 1 } })
    assert.is(await linesOnServer(store), 3 * LINES + 1)
    const elsewhere = await device.open({}, false)
    await elsewhere.corrections.eraseSession(erased)
    await elsewhere.maintenance.configure({ dayStartsAtHour: 6 })
    await elsewhere.close()

    await device.server.stop()
    await until('the store knows it', () => lines(store).then(([, fromSpool]) => fromSpool))
    await store.corrections.discardSession(discarded)
    assert.equal((await lines(store))[1], true)
    await device.server.start()
    await isBack(store)
    assert.is(await linesOnServer(store), LINES + 1)
    await device.server.stop()
    await until('the store knows it', () => lines(store).then(([, fromSpool]) => fromSpool))
    // With the erasure and the day of the other device.
    assert.equal(await lines(store), [LINES + 1, true])
    await device.server.start()
    await isBack(store)
    await store.close()
    await device.assertSame()
  }),
)

withServer('what was carried leaves the spool by its own windows, and counts on; a deleted profile leaves both', () =>
  withDevice(async (device) => {
    const old = session(idOf(1), 'local:/old', Date.now() - 30 * 86_400_000, 20)
    const before = await device.openSpool()
    await before.maintenance.importEvents(pages(old))
    await before.maintenance.configure({ retention: { detailMs: 86_400_000, telemetryMs: 86_400_000 } })
    await before.close()

    const store = await device.open()
    assert.is(await linesOnServer(store), 20)
    const spool = await device.openSpool()
    await until('the spool has let go of what was carried', async () => (await held(spool)) < old.length - 30)
    assert.is((await spool.analytics.overview()).total.measures.lines, 20)
    await spool.close()
    assert.is(await held(store), old.length)
    await device.assertSame()

    const other = await device.open({ profile: 'other' })
    await play(other)
    await other.close()
    assert.ok(await store.maintenance.deleteProfile('other'))
    await store.close()
    const after = await device.openSpool()
    assert.equal(await after.maintenance.profiles(), ['default'])
    await after.close()
  }),
)

async function* pages(events: readonly NewEvent[]): AsyncGenerator<readonly NewEvent[]> {
  yield events
}

/** Events that a log still has. */
async function held(store: ImmersionTrackingStore): Promise<number> {
  let count = 0
  for await (const page of store.maintenance.exportEvents()) count += page.length
  return count
}

withServer('a spool that was made for another database is refused by name, and forwards nothing', () =>
  withDevice(async (device) => {
    const { path, serverUrl } = device
    const elsewhere = { url: 'postgres://ann@127.0.0.1:1/elsewhere', spool: path }
    const first = await openImmersionTrackingStore({ storage: elsewhere })
    await play(first)
    await first.close()
    const error: unknown = await device.open().catch((refused) => refused)
    if (!(error instanceof ImmersionError)) throw new TypeError('it opened')
    assert.is(error.code, 'INVALID_CONFIG')
    assert.equal([error.details.key, error.details.madeFor], ['storage.spool', 'postgres://localhost:1/elsewhere'])
    assert.match(error.message, String(new URL(serverUrl).pathname))
    assert.not.match(JSON.stringify(error), SECRET)
    assert.is(await linesOnServer(await device.open({}, false)), 0)
    // For the database that it was made for it is as before, whoever logs in.
    const again = await openImmersionTrackingStore({
      storage: { ...elsewhere, url: 'postgres://bob@localhost:1/elsewhere' },
    })
    assert.equal(await lines(again), [LINES, true])
    await again.close()
  }),
)

test('a spool is a file before a server, and nothing else', () => {
  const server = { provider: 'postgres', database: 'log' } as const
  const of = 'postgres://localhost:5432/log'
  assert.equal(checkConfig({ storage: { ...server, spool: '/data/spool.sqlite' } }).spool, {
    path: '/data/spool.sqlite',
    of,
  })
  for (const url of [
    'postgres://ann:secret@localhost/log',
    'postgresql://127.0.0.1:5432/log',
    'postgres://[::1]/log',
  ]) {
    assert.is(checkConfig({ storage: { url, spool: 'x' } }).spool?.of, of)
  }
  assert.is(checkConfig({ storage: server }).spool, null)
  for (const storage of [
    { ...server, spool: true },
    { ...server, spool: '' },
    { provider: 'memory', spool: 'x' },
  ]) {
    try {
      checkConfig({ storage } as StoreConfig)
      assert.unreachable()
    } catch (error) {
      assert.equal(
        [(error as ImmersionError).code, (error as ImmersionError).details.key],
        ['INVALID_CONFIG', 'storage.spool'],
      )
    }
  }
})

test.run()
