// Database servers that fail in the middle of appends, with a store and its worker above them: a server that is killed and
// comes back, and a connection that is cut after the commit and before its answer. In the end nothing is lost and nothing
// is there twice.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import type { TrackedSession } from '../../src/ports/tracker-types.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { startCuttingProxy } from '../support/cutting-proxy.js'
import { server } from '../support/databases.js'
import { type PrivateServer, startPrivateServer } from '../support/private-server.js'
import { requires } from '../support/requires.js'
import { ask } from '../support/server-connection.js'
import type { ServerKind } from '../support/server-program.js'
import { until } from '../support/until.js'
import { accountOf } from './with-store.js'

/** Of a test; each is in the middle of appends. */
const FAILURES = 3
/** Well below what may wait, so that nothing is summed up. */
const LINES_AHEAD_MAX = 300
const LINE_EVERY_MS = 2

for (const kind of ['postgres', 'mysql'] as const) {
  const test = suite(`lost answers: ${kind}`)
  const withServer = requires(test, server(kind))

  withServer('a server that is killed in the middle of appends and comes back has every event once', () =>
    onPrivateServer(kind, async ({ own, url }) => {
      await withLines(url, async (store) => {
        for (let failure = 1; failure <= FAILURES; failure++) {
          await moreAreAcknowledged(store)
          await own.kill()
          await until('the store notices', () => store.diagnostics.snapshot().state === 'retrying')
          await own.start()
          await moreAreAcknowledged(store)
        }
      })
    }),
  )

  withServer('a connection that is cut after the commit, before its answer, leaves every event there once', () =>
    onPrivateServer(kind, async ({ own, url, head }) => {
      const proxy = await startCuttingProxy({ serverPort: own.port, committed: head })
      try {
        const through = new URL(url)
        through.port = String(proxy.port)
        await withLines(through.href, async (store) => {
          for (let failure = 1; failure <= FAILURES; failure++) {
            await moreAreAcknowledged(store)
            const { retries } = store.diagnostics.snapshot()
            await proxy.cutNextCommit()
            await until('the batch is sent again', () => store.diagnostics.snapshot().retries > retries)
            await moreAreAcknowledged(store)
          }
        })
      } finally {
        await proxy.close()
      }
    }),
  )

  test.run()
}

interface OnServer {
  readonly own: PrivateServer
  /** Of an empty database there. */
  readonly url: string
  /** The revision of the only profile there; null before there is one. */
  readonly head: () => Promise<unknown>
}

async function onPrivateServer(kind: ServerKind, work: (at: OnServer) => Promise<void>): Promise<void> {
  const own = await startPrivateServer(kind)
  try {
    await ask(kind, own.url, 'create database immersion_test_lost')
    const url = new URL(own.url)
    url.pathname = '/immersion_test_lost'
    const head = async () =>
      Number((await ask(kind, url.href, 'select sum(revision) as revision from profiles'))[0]?.revision)
    await work({ own, url: url.href, head })
  } finally {
    await own.remove()
  }
}

/** Lines come all the time while `work` runs; in the end all of them are there, once. */
async function withLines(url: string, work: (store: ImmersionTrackingStore) => Promise<void>): Promise<void> {
  const store = await openImmersionTrackingStore({ storage: url })
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  let lines = 0
  const timer = setInterval(() => {
    const { waiting, inFlight } = store.diagnostics.snapshot()
    if (waiting + inFlight < LINES_AHEAD_MAX) sayLine(session, ++lines)
  }, LINE_EVERY_MS)
  try {
    await work(store)
    clearInterval(timer)
    await store.flush({ timeoutMs: 30_000 })
    const snapshot = store.diagnostics.snapshot()
    const { admitted, accounted } = accountOf(snapshot)
    assert.is(accounted, admitted)
    assert.equal([snapshot.acknowledged, snapshot.setAside, snapshot.state], [admitted, 0, 'ok'])
    const versions: number[] = []
    for await (const page of store.maintenance.exportEvents()) versions.push(...page.map(({ version }) => version))
    assert.equal(
      versions,
      Array.from({ length: snapshot.admitted }, (_, index) => index + 1),
    )
    const { total } = await store.analytics.overview()
    assert.equal([total.measures.sessions, total.measures.lines], [1, lines])
    const { ok, damage } = await store.maintenance.verify()
    assert.equal([ok, damage], [true, []])
  } finally {
    clearInterval(timer)
    await store.close({ timeoutMs: 5_000 }).catch(() => undefined)
  }
}

function sayLine(session: TrackedSession, number: number): void {
  session.line({ text: `行 ${number}` })
}

async function moreAreAcknowledged(store: ImmersionTrackingStore): Promise<void> {
  const before = store.diagnostics.snapshot().acknowledged
  await until('more is acknowledged', () => store.diagnostics.snapshot().acknowledged > before)
}
