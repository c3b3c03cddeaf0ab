// Every way in which a server cannot be opened is one clear error with a code and a hint, the same in the caller's thread
// and through the worker; with `retry` the store connects when the cause is gone. No error shows the password.

import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ErrorCode, ImmersionError } from '../../src/events/errors.js'
import type { ImmersionTrackingStore } from '../../src/ports/store-types.js'
import type { StorageConfig } from '../../src/store/config.js'
import { listProfiles } from '../../src/store/database.js'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { privateServer, withLockedServer } from '../support/locked-server.js'
import { requires } from '../support/requires.js'
import { until } from '../support/until.js'

const test = suite('a server that cannot be opened')

const SECRET = 'hunter2-marker'
const WRONG = 'wrong-hunter2-marker'
/** Where each keeps its schema's version. */
const VERSIONS = {
  postgres: { table: 'immersion_log', column: 'schema_version' },
  mysql: { table: 'immersion_schema', column: 'version' },
} as const

function open(storage: StorageConfig, inline = false): Promise<ImmersionTrackingStore> {
  return openImmersionTrackingStore({ storage, tz: 'UTC', worker: { inline } })
}

/** Of the opening in both ways; each has this code, says it in one line, and shows no secret. */
async function refusals(code: ErrorCode, storage: StorageConfig): Promise<readonly ImmersionError[]> {
  const found: ImmersionError[] = []
  for (const inline of [true, false]) {
    const error: unknown = await open(storage, inline).then(
      async (store) => {
        await store.close()
        throw new Error(`opened: ${code}`)
      },
      (refused) => refused,
    )
    assertRefusal(error, code)
    found.push(error as ImmersionError)
  }
  return found
}

function assertRefusal(error: unknown, code: ErrorCode): void {
  assert.instance(error, ImmersionError)
  const { message, hint } = error as ImmersionError
  assert.is((error as ImmersionError).code, code, message)
  assert.not.match(message, '\n')
  assert.ok(message.length > 10 && hint.length > 10, `${message} / ${hint}`)
  assertNoSecret(error)
}

function assertNoSecret(shown: unknown): void {
  assert.not.match(inspect(shown, { depth: 12, showHidden: true }), 'hunter2-marker')
}

function play(store: ImmersionTrackingStore): void {
  const session = store.tracker.startSession({ videoKey: 'local:/a.mkv', targetLanguage: 'ja' })
  for (let line = 0; line < 10; line++) session.line({ text: `行 ${line}`, chars: 2, words: 1 })
  session.end()
}

for (const kind of ['postgres', 'mysql'] as const) {
  const withServer = requires(test, privateServer(kind))

  withServer(`${kind}: each cause has its code, a hint and no secret`, () =>
    withLockedServer(kind, SECRET, async ({ server, url, ask }) => {
      for (const given of [WRONG, '']) {
        for (const { hint } of await refusals('STORAGE_UNAVAILABLE', { url: url('learner', given) })) {
          assert.match(hint, /password/)
        }
      }
      for (const { hint } of await refusals('STORAGE_UNAVAILABLE', { url: url('learner', SECRET, 'elsewhere') })) {
        assert.match(hint, /storage\.database/)
      }
      const readOnly = { url: url('reader', SECRET) }
      for (const { hint } of await refusals('STORAGE_READ_ONLY', readOnly)) assert.ok(hint)

      const owner = { url: url('learner', SECRET), connectTimeoutMs: 20_000 }
      const first = await open(owner)
      play(first)
      await first.flush({ timeoutMs: 30_000 })
      const { location } = await first.maintenance.stats()
      assert.match(location, `learner@127.0.0.1:${server.port}/immersion`)
      assertNoSecret([location, first.diagnostics.snapshot()])
      await first.close()
      // Also where all tables are there: who cannot write hears it now, and not with the first batch.
      for (const { hint } of await refusals('STORAGE_READ_ONLY', readOnly)) assert.ok(hint)
      assert.equal(await listProfiles({ storage: readOnly }), ['default'])

      const { table, column } = VERSIONS[kind]
      const [stored] = await ask(`select ${column} as version from ${table}`)
      await ask(`update ${table} set ${column} = 999`)
      await refusals('SCHEMA_NEWER', owner)
      assert.equal(await ask(`select ${column} as version from ${table}`), [{ version: 999 }])
      await ask(`update ${table} set ${column} = ${stored?.version}`)
      const again = await open(owner, true)
      await again.close()

      if (kind === 'mysql') {
        const ofPostgres = { url: url('learner', SECRET).replace('mysql:', 'postgres:') }
        for (const { hint } of await refusals('STORAGE_UNAVAILABLE', ofPostgres)) assert.match(hint, /MySQL/)
      }
      await server.stop()
      for (const { message } of await refusals('STORAGE_UNAVAILABLE', owner)) {
        assert.match(message, /ECONNREFUSED/)
      }
    }),
  )

  withServer(`${kind}: a schema that is missing is made by who writes, and named to who only reads`, () =>
    withLockedServer(kind, SECRET, async ({ url }) => {
      const storage = { url: url('learner', SECRET) }
      const error: unknown = await listProfiles({ storage }).then(
        () => assert.unreachable(),
        (refused) => refused,
      )
      assertRefusal(error, (error as ImmersionError).code)
      assert.ok(['STORAGE_UNAVAILABLE', 'STORAGE_READ_ONLY'].includes((error as ImmersionError).code))
      assert.match(`${(error as ImmersionError).hint}`, /writing|migrate/)
      const store = await open(storage, true)
      await store.close()
      assert.equal(await listProfiles({ storage }), ['default'])
    }),
  )

  withServer(`${kind}: with retry a store tracks while the server is stopped, and writes all when it runs`, () =>
    withLockedServer(kind, SECRET, async ({ server, url }) => {
      await server.stop()
      const store = await open({ url: url('learner', SECRET), fallback: 'retry', connectTimeoutMs: 20_000 })
      try {
        play(store)
        await until('it tried twice', () => store.diagnostics.snapshot().failedConnects >= 2)
        const { state, lastError, acknowledged } = store.diagnostics.snapshot()
        assert.equal([state, lastError?.code, acknowledged], ['connecting', 'STORAGE_UNAVAILABLE', 0])
        assertNoSecret(store.diagnostics.snapshot())
        assertRefusal(await store.analytics.overview().catch((refused) => refused), 'STORAGE_UNAVAILABLE')
        await server.start()
        await store.flush({ timeoutMs: 60_000 })
        assert.is((await store.analytics.overview()).total.measures.lines, 10)
        assert.is(store.diagnostics.snapshot().state, 'ok')
      } finally {
        await store.close({ timeoutMs: 1000 }).catch(() => undefined)
      }
    }),
  )

  withServer(`${kind}: with retry a store connects once its password is what the server knows`, () =>
    withLockedServer(kind, SECRET, async ({ url, ask }) => {
      const store = await open({ url: url('learner', WRONG), fallback: 'retry', connectTimeoutMs: 20_000 })
      try {
        play(store)
        await until('it was refused', () => store.diagnostics.snapshot().lastError?.code === 'STORAGE_UNAVAILABLE')
        assertNoSecret(store.diagnostics.snapshot())
        const account = kind === 'postgres' ? 'role learner password' : 'user learner@127.0.0.1 identified by'
        await ask(`alter ${account} '${WRONG}'`)
        await store.flush({ timeoutMs: 60_000 })
        assert.is((await store.analytics.overview()).total.measures.lines, 10)
      } finally {
        await store.close({ timeoutMs: 1000 }).catch(() => undefined)
      }
    }),
  )
}

test.run()
