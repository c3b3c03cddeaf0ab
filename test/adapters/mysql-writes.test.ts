// How the MySQL adapter writes: in how many round trips, in texts that the server takes, without waiting for other
// profiles, and what it says of events that the server refuses.

import mysql from 'mysql2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type MysqlParts, openMysqlLog } from '../../adapters/mysql/adapter.js'
import type { Driver } from '../../adapters/mysql/driver.js'
import { serverOptions } from '../../adapters/server/options.js'
import {
  committed,
  contentOf,
  eventRow,
  ledgerRow,
  PROFILE,
  refused,
  SETTINGS,
  someOfEverything,
  streamId,
  streamRow,
  sums,
  TABLES,
  videoRow,
  writesAfter,
} from '../../src/contract/cases/contract-case.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import type { EventLog, EventRow, Head, LogWrites, RowTable } from '../../src/ports/event-log.js'
import { projectionId } from '../../src/ports/projection.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { server, type TestDatabase, withTestDatabase } from '../support/databases.js'
import { requires } from '../support/requires.js'
import { withServerConnection } from '../support/server-connection.js'

const test = suite('mysql: writing')
const withMysql = requires(test, server('mysql'))

const BUILT_IN_TABLES = BUILT_IN_PROJECTIONS.map(rowTableOf)

async function withLog(
  work: (log: EventLog, head: Head, database: TestDatabase) => Promise<void>,
  {
    tables = TABLES,
    storage = {},
    parts = {},
  }: {
    readonly tables?: readonly RowTable[]
    readonly storage?: Readonly<Record<string, unknown>>
    readonly parts?: MysqlParts
  } = {},
): Promise<void> {
  await withTestDatabase('mysql', async (database) => {
    const settings = { url: database.url, ...storage }
    const options = { storage: settings, tables, readOnly: false }
    const log = await openMysqlLog(serverOptions('mysql', settings), options, parts)
    try {
      await work(log, await log.openProfile(PROFILE, SETTINGS), database)
    } finally {
      await log.close()
    }
  })
}

/** A driver that notes every text that goes to the server: each is a round trip. */
function notingDriver(): { readonly texts: string[]; readonly load: () => Promise<Driver> } {
  const texts: string[] = []
  const createConnection: Driver['createConnection'] = (options) => {
    const connection = typeof options === 'string' ? mysql.createConnection(options) : mysql.createConnection(options)
    const query = connection.query.bind(connection) as (...given: unknown[]) => mysql.Query
    connection.query = ((...given: unknown[]) => {
      texts.push((given[0] as { readonly sql: string }).sql)
      return query(...given)
    }) as typeof connection.query
    return connection
  }
  return { texts, load: async () => ({ createConnection, format: mysql.format }) }
}

/** What a batch of 25 lines in one quarter hour touches: one row in each table. */
function usualBatch(head: Head): LogWrites {
  const first = head.position + 1
  const measures = sums({ lines: 25, chars: 300, words: 100 })
  const keyOf = (table: RowTable): (string | number)[] => [
    ...table.key.map(({ type }) => (type === 'text' ? 'local:/a.mkv' : 7)),
    'ja',
  ]
  return writesAfter(head, {
    streams: [streamRow(1, { videoKey: 'local:/a.mkv', heldCount: head.position + 25 })],
    events: Array.from({ length: 25 }, (_, index) => eventRow(first + index)),
    ledger: [ledgerRow(1, 1_900_000, { lines: 25, chars: 300, words: 100 })],
    rows: BUILT_IN_TABLES.map((table) => ({
      projection: projectionId(table),
      rows: [{ key: keyOf(table), measures }],
    })),
  })
}

withMysql('a usual batch with all its read models is one round trip of thirteen statements', async () => {
  const { texts, load } = notingDriver()
  await withLog(
    async (log, head) => {
      const next = await committed(log, usualBatch(head))
      texts.length = 0
      await committed(log, usualBatch(next))
      assert.is(texts.length, 1, texts.join('\n'))
      const [text = ''] = texts
      // No value of this batch holds a semicolon.
      const statements = text.split(';').map((statement) => statement.trim().split(/\s+/).slice(0, 3).join(' '))
      assert.equal(statements, [
        'start transaction',
        'update profiles set',
        'set session sql_mode',
        'insert into streams',
        'insert into events',
        'insert into ledger',
        ...BUILT_IN_TABLES.map(({ name, version }) => `insert into rows_${name}_v${version}`),
        'commit',
      ])
      assert.is(statements.length, 13)
    },
    { tables: BUILT_IN_TABLES, parts: { load } },
  )
})

withMysql('a question of a snapshot is one round trip more than its transaction', async () => {
  const { texts, load } = notingDriver()
  await withLog(
    async (log, head) => {
      await committed(log, someOfEverything(head))
      texts.length = 0
      await log.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'daily@1' }))
      assert.is(texts.length, 4, 'begin, head, question, end')
    },
    { parts: { load } },
  )
})

withMysql('a batch longer than a packet goes out in several, each within it, and is one transaction', async () => {
  const packetMaxBytes = 40_000
  const { texts, load } = notingDriver()
  const payload = `{"json":{"text":"${'字'.repeat(100)}"}}`
  await withLog(
    async (log, head) => {
      const events = Array.from({ length: 1000 }, (_, index) => eventRow(index + 1, { payload }))
      const videos = [
        videoRow('local:/a'),
        videoRow('local:/b', { facts: JSON.stringify({ title: '長'.repeat(9000) }) }),
      ]
      texts.length = 0
      const next = await committed(log, writesAfter(head, { streams: [streamRow(1)], events, videos }))
      assert.ok(texts.length > 8, `${texts.length} texts`)
      for (const text of texts) assert.ok(Buffer.byteLength(text) < packetMaxBytes)
      const held = await log.read(PROFILE, (snapshot) => snapshot.events({ after: 0, limit: 2000 }))
      assert.equal(held, events)
      assert.equal(await log.read(PROFILE, (snapshot) => snapshot.videos({})), videos)

      // The last event is refused by the server, in the last packet but one.
      const before = await contentOf(log)
      const more = Array.from({ length: 1000 }, (_, index) => eventRow(1001 + index, { payload }))
      const broken = [...more.slice(0, -1), eventRow(2000, { payload, utcOffsetMin: 99_999 })]
      await refused(() => log.commit(PROFILE, writesAfter(next, { events: broken })), 'EVENT_REFUSED')
      assert.equal(await contentOf(log), before)
    },
    { parts: { load, packetMaxBytes } },
  )
})

withMysql('an event that the server does not take is named, and nothing of its batch is written', async () => {
  await withLog(async (log, head) => {
    const first = await committed(log, someOfEverything(head))
    const before = await contentOf(log)
    const next = first.position + 1
    const broken: readonly Partial<EventRow>[] = [
      { utcOffsetMin: 40_000 },
      { payloadVersion: 65_536 },
      { moreMeasures: 'x'.repeat(65_536) },
      // A program may append what no type checked.
      { payload: { json: 1 } as unknown as string },
      { moreMeasures: [1, 2] as unknown as string },
      { payloadVersion: Number.NaN },
    ]
    for (const parts of broken) {
      const events = [eventRow(next), eventRow(next + 1, { version: 77, ...parts }), eventRow(next + 2)]
      const writes = writesAfter(first, { streams: [streamRow(1, { revision: 2 })], events })
      const error = await refused(() => log.commit(PROFILE, writes), 'EVENT_REFUSED')
      assert.equal([error.details.streamId, error.details.version], [streamId(1), 77])
      assert.equal(await contentOf(log), before)
    }
    await committed(log, someOfEverything(first))
  })
})

withMysql('profiles do not wait for each other, not even for one that is being made', async () => {
  await withLog(async (log, head) => {
    const other = await log.openProfile('other', SETTINGS)
    await committed(log, someOfEverything(head))
    let later = await committed(log, someOfEverything(other), 'other')
    await log.update(PROFILE, async (snapshot) => {
      // The head of this profile is locked all the time. One that waited for it would fail after fifteen seconds.
      for (let turn = 0; turn < 3; turn++) later = await committed(log, someOfEverything(later), 'other')
      const made = await log.openProfile('third', SETTINGS)
      await committed(log, someOfEverything(made), 'third')
      return { writes: someOfEverything(await snapshot.head()), answer: null }
    })
    assert.is((await log.openProfile('other', SETTINGS)).revision, 4)
  })
})

withMysql('rows that one profile has written and not committed do not hold up its neighbours', async () => {
  await withLog(
    async (log, head, { url }) => {
      const other = await log.openProfile('other', SETTINGS)
      let now = await committed(log, someOfEverything(head))
      let later = await committed(log, someOfEverything(other), 'other')
      await withServerConnection('mysql', url, async (query) => {
        // What a batch does, up to its commit; the isolation is that of the adapter.
        await query('set session transaction isolation level read committed')
        await query('start transaction')
        await query('update profiles set revision = revision where profile_id = 1')
        await query(
          'insert into events select 1, position + 100, stream, version, type_id, payload_version, occurred_at_ms, utc_offset_min, measure1, measure2, measure3, more_measures, payload, checksum from events where profile_id = 1 limit 1',
        )
        await query('update rows_daily_v1 set watched_ms = watched_ms + 1 where profile_id = 1')
        for (let turn = 0; turn < 3; turn++) later = await committed(log, someOfEverything(later), 'other')
        const busy = await refused(() => log.commit(PROFILE, someOfEverything(now)), 'STORAGE_BUSY')
        assert.is(busy.details.mysqlNumber, 1205)
        await query('rollback')
      })
      now = await committed(log, someOfEverything(now))
      assert.equal([now.revision, later.revision], [2, 4])
    },
    { storage: { statementTimeoutMs: 6000 } },
  )
})

withMysql('a writer whose profile another process has deleted writes nothing, not even its head', async () => {
  await withLog(async (log, head, { url }) => {
    const settings = { url }
    const options = { storage: settings, tables: TABLES, readOnly: false }
    const other = await openMysqlLog(serverOptions('mysql', settings), options)
    try {
      const first = await committed(log, someOfEverything(head))
      assert.is(await other.deleteProfile(PROFILE), true)
      await refused(() => log.commit(PROFILE, someOfEverything(first)), 'UNKNOWN_PROFILE')
      await refused(() => log.commit(PROFILE, writesAfter(first)), 'UNKNOWN_PROFILE')
      await withServerConnection('mysql', url, async (query) => {
        for (const table of ['events', 'streams', 'ledger', 'videos', 'rows_daily_v1', 'rows_sessions_v1']) {
          assert.equal(await query(`select count(*) as count from ${table}`), [{ count: 0 }], table)
        }
      })
    } finally {
      await other.close()
    }
  })
})

test.run()
