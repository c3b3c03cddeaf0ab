// verify and rebuild: each kind of damage, made behind the program's back through a connection of its own, is named where
// it is and nowhere else, and repaired by the rebuild that can. Mostly on SQLite, where there is a file to damage.

import Database from 'better-sqlite3'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { StreamRow } from '../../src/ports/event-log.js'
import { defineProjection } from '../../src/ports/projection.js'
import type { Damage } from '../../src/ports/report-types.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import {
  event,
  idOf,
  line,
  MINUTE_MS,
  onEachBackend,
  PROFILE,
  type Program,
  START_DAY,
  START_MS,
  started,
} from '../support/engine-logs.js'
import { prune } from '../support/pruned-log.js'

const test = suite('verify and rebuild')

const A = idOf(1)
const B = idOf(2)
const QUARTER = START_MS / 900_000
const REST = { utcOffsetMin: 0, quarter: QUARTER }

async function fill(program: Program): Promise<void> {
  await program.append([started(A, 1, 'local:/a', 'ja'), line(A, 2), line(A, 3, START_MS + 20 * MINUTE_MS)])
  const title = event(A, 4, { type: 'video.described', payload: { title: 'A' } })
  await program.append([
    title,
    started(B, 1, 'local:/b', 'en', START_MS + MINUTE_MS),
    line(B, 2, START_MS + 2 * MINUTE_MS),
  ])
}

/** Fills a log on SQLite, damages it, and gives what verify then names. */
async function damaged(sql: string, then: (program: Program, damage: readonly Damage[]) => Promise<void> | void) {
  await onEachBackend(async (backend) => {
    if (backend.file === null) return
    const program = await backend.open()
    await fill(program)
    assert.ok((await program.verify()).ok)
    const connection = new Database(backend.file)
    try {
      assert.ok(connection.prepare(sql).run().changes > 0, 'something was damaged')
    } finally {
      connection.close()
    }
    const report = await program.verify()
    assert.not(report.ok)
    assert.is(report.damageCount, report.damage.length)
    await then(program, report.damage)
  })
}

test('an undamaged log verifies, and says what it looked at', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const empty = await program.verify()
    assert.equal([empty.ok, empty.events, empty.streams, empty.rows], [true, 0, 0, 0])
    await fill(program)
    const { ok, events, streams, ledgerEntries, rows, damage, missing } = await program.verify()
    assert.equal([ok, events, streams, ledgerEntries], [true, 6, 2, 3])
    // Two rows each of sessions, videos, daily, monthly, calendar and hours.
    assert.is(rows, 12)
    assert.equal([damage, missing], [[], []])
  })
})

test('a changed payload of an event is named by its position, stream and version', async () => {
  await damaged(
    `update events set payload = replace(payload, 'line 2', 'line 3') where version = 2 and stream = 1`,
    (_, damage) => {
      assert.equal(damage, [
        { kind: 'event', position: 2, streamId: A, version: 2, what: 'its content does not have its checksum' },
      ])
    },
  )
})

test('a changed measure of an event is named, and rebuild --from-log does not spread it', async () => {
  await damaged('update events set measure1 = 11 where version = 2 and stream = 1', async (program, damage) => {
    assert.equal(
      damage.map(({ kind }) => kind),
      ['event'],
    )
    const before = await program.rows('videos')
    const report = await program.rebuild({ fromLog: true })
    assert.equal([report.ledgersCorrected, report.ledgersIncomplete], [0, 1])
    assert.equal(await program.rows('videos'), before)
  })
})

test('an event that is gone is named as a lost version of its stream', async () => {
  await damaged('delete from events where version = 2 and stream = 1', (_, damage) => {
    assert.ok(damage.every((one) => one.kind === 'stream' && one.streamId === A))
    assert.ok(damage.some(({ what }) => what === '1 of the versions 2 are lost'))
  })
})

test('a changed ledger entry is named alone, and rebuild --from-log repairs it', async () => {
  await damaged(
    `update ledger set line_count = 9 where stream = 1 and quarter = ${QUARTER}`,
    async (program, damage) => {
      assert.equal(damage, [{ kind: 'ledger', streamId: A, ...REST, what: 'lines is 9, should be 1' }])
      const report = await program.rebuild({ fromLog: true })
      assert.equal([report.ledgersCorrected, report.ledgersIncomplete], [1, 0])
      assert.ok((await program.verify()).ok)
    },
  )
})

test('a ledger entry that moved to another quarter hour is named at both', async () => {
  await damaged(
    `update ledger set quarter = quarter + 2 where stream = 1 and quarter = ${QUARTER}`,
    async (program, damage) => {
      assert.equal(
        damage.map((one) => [one.kind, 'quarter' in one ? one.quarter - QUARTER : null, one.what]),
        [
          ['ledger', 2, 'no event belongs to it'],
          ['ledger', 0, 'it is missing'],
        ],
      )
      await program.rebuild({ fromLog: true })
      assert.ok((await program.verify()).ok)
    },
  )
})

test('a ledger of which the detail is gone still shows a flipped bit by its checksum', async () => {
  // As retention leaves it: the event is off the stream's count and checksum of what is held, still in its coverage.
  await onEachBackend(async (backend) => {
    if (backend.file === null) return
    const program = await backend.open()
    await fill(program)
    const connection = new Database(backend.file)
    try {
      const pruned = connection.prepare('select checksum from events where stream = 1 and version = 2').pluck().get()
      connection.prepare('delete from events where stream = 1 and version = 2').run()
      connection
        .prepare(
          'update streams set held_count = held_count - 1, held_checksum = (held_checksum - ?) & 4294967295 where stream = 1',
        )
        .run(pruned)
      assert.equal((await program.verify()).damage, [])
      connection.prepare('update ledger set char_count = char_count + 1024 where stream = 1').run()
      const { damage } = await program.verify()
      assert.ok(damage.some((one) => one.kind === 'stream' && one.what.startsWith('ledgerChecksum')))
    } finally {
      connection.close()
    }
  })
})

test('a changed row of a read model is named alone, and a rebuild repairs it', async () => {
  await damaged(`update rows_daily_v1 set char_count = 21 where video_key = 'local:/a'`, async (program, damage) => {
    assert.equal(damage, [
      {
        kind: 'row',
        projection: 'daily@1',
        key: { localDay: START_DAY, videoKey: 'local:/a', language: 'ja' },
        what: 'chars is 21, should be 20',
      },
    ])
    const { changed } = await program.rebuild()
    assert.equal(changed['daily@1'], { added: 0, removed: 0, corrected: 1 })
    assert.equal(changed['videos@1'], { added: 0, removed: 0, corrected: 0 })
    assert.ok((await program.verify()).ok)
  })
})

test('a row under a key that no entry has is named, and a rebuild takes it away', async () => {
  await damaged("update rows_hours_v1 set hour = 11, weekday = 3 where language = 'ja'", async (program, damage) => {
    assert.equal(
      damage.map(({ kind, what }) => [kind, what]),
      [
        ['row', 'no ledger entry belongs to it'],
        ['row', 'it is missing'],
      ],
    )
    const { changed } = await program.rebuild({
      projections: BUILT_IN_PROJECTIONS.filter(({ name }) => name === 'hours'),
    })
    assert.equal(changed, { 'hours@1': { added: 1, removed: 1, corrected: 0 } })
    assert.equal(Object.keys(await program.rows('hours')).sort(), ['1 10 en', '1 10 ja'])
    assert.ok((await program.verify()).ok)
  })
})

test('a changed video is named, and a rebuild repairs it', async () => {
  await damaged(
    `update videos set last_seen_at_ms = last_seen_at_ms + 1 where video_key = 'local:/a'`,
    async (program, damage) => {
      assert.equal(
        damage.map((one) => [one.kind, 'videoKey' in one ? one.videoKey : '']),
        [['video', 'local:/a']],
      )
      assert.is((await program.rebuild()).videosCorrected, 1)
      assert.ok((await program.verify()).ok)
    },
  )
})

for (const [field, assignment] of [
  ['heldChecksum', 'held_checksum = held_checksum + 1'],
  ['heldCount', 'held_count = 40'],
  ['countedChecksum', 'counted_checksum = 7'],
  ['ledgerChecksum', 'ledger_checksum = ledger_checksum | 1 << 31'],
  ['facts', `facts = replace(facts, '"A"', '"B"')`],
  ['facts', `facts = '{'`],
  ['lastAtMs', 'last_at_ms = last_at_ms + 5'],
  ['videoKey', `video_key = 'local:/c'`],
  ['firstPosition', 'first_position = 2'],
] as const) {
  test(`a changed stream (${assignment}) is named alone, and rebuild --from-log repairs it`, async () => {
    await damaged(`update streams set ${assignment} where stream = 1`, async (program, damage) => {
      assert.equal(
        damage.map((one) => [one.kind, one.what.split(' ')[0]]),
        [['stream', field]],
      )
      await program.rebuild({ fromLog: true })
      assert.ok((await program.verify()).ok)
    })
  })
}

test('a coverage that cannot be read is named, and computed again from the events', async () => {
  await damaged(`update streams set coverage = '1-' where stream = 1`, async (program, damage) => {
    assert.equal(
      damage.map((one) => one.what),
      ['coverage is 1-, should be 1-4'],
    )
    await program.rebuild({ fromLog: true })
    assert.ok((await program.verify()).ok)
  })
})

/** Puts a row in place of the stored one as damage would: nothing that should follow from it is computed. */
async function replaceStream(program: Program, streamId: string, change: (row: StreamRow) => Partial<StreamRow>) {
  await program.log.update(PROFILE, async (snapshot) => {
    const head = await snapshot.head()
    const [row] = await snapshot.streams({ streamIds: [streamId] })
    if (row === undefined) throw new Error(`no stream ${streamId}`)
    const streams = [{ ...row, ...change(row) }]
    const writes = { streams, events: [], ledger: [], rows: [], videos: [] }
    return { writes: { ...writes, head: { ...head, revision: head.revision + 1 } }, answer: undefined }
  })
}

/** One character or one digit of each field that a row's checksum covers, changed so that the row can still be read. */
const FLIPS: readonly (readonly [string, (row: StreamRow) => Partial<StreamRow>])[] = [
  ['facts', ({ facts }) => ({ facts: facts.replace('ja', 'ka') })],
  ['coverage', ({ coverage }) => ({ coverage: coverage.replace('1-4', '1-5') })],
  ['coverage', ({ coverage }) => ({ coverage: coverage.replace('1-4', '1-3') })],
  ['firstAtMs', ({ firstAtMs }) => ({ firstAtMs: firstAtMs - 1 })],
  ['lastAtMs', ({ lastAtMs }) => ({ lastAtMs: lastAtMs + 10_000 })],
  ['countedChecksum', ({ countedChecksum }) => ({ countedChecksum: (countedChecksum ^ 1) >>> 0 })],
  ['videoKey', () => ({ videoKey: 'local:/c' })],
  ['kind', () => ({ kind: 'unknown' })],
  ['rowChecksum', ({ rowChecksum }) => ({ rowChecksum: (rowChecksum ^ 1) >>> 0 })],
]

for (const [index, [field, flip]] of FLIPS.entries()) {
  test(`a changed ${field} (${index}) of a complete stream is named, and rebuild --from-log repairs it`, async () => {
    await onEachBackend(async (backend) => {
      const program = await backend.open()
      await fill(program)
      const before = await program.everything()
      await replaceStream(program, A, flip)
      const { damage } = await program.verify()
      assert.equal(
        damage.map((one) => [one.kind, one.what.split(' ')[0]]),
        [['stream', field]],
      )
      await program.rebuild({ fromLog: true })
      assert.equal(withoutRevisions(await program.everything()), withoutRevisions(before))
      assert.ok((await program.verify()).ok)
    })
  })

  test(`a changed ${field} (${index}) of a pruned stream is named, however the stream goes on`, async () => {
    await onEachBackend(async (backend) => {
      const program = await backend.open()
      await fill(program)
      await prune(program.log, PROFILE, A, (version) => version === 2 || version === 3)
      assert.ok((await program.verify()).ok)
      await replaceStream(program, A, flip)
      const named = ({ damage }: { readonly damage: readonly Damage[] }) =>
        damage.some((one) => one.kind === 'stream' && one.streamId === A)
      assert.ok(named(await program.verify()), backend.name)
      await prune(program.log, PROFILE, A, (version) => version === 1)
      assert.ok(named(await program.verify()), 'pruned again')
      const again = await backend.open()
      await again.append([line(A, 6, START_MS + 40 * MINUTE_MS)])
      assert.ok(named(await again.verify()), 'appended to')
    })
  })
}

function withoutRevisions(everything: unknown): unknown {
  return JSON.parse(JSON.stringify(everything, (key, value) => (key === 'revision' ? 0 : value)))
}

test('a head that does not fit its log is named', async () => {
  await damaged('update profiles set position = 5, stream_count = 3', (_, damage) => {
    assert.equal(damage, [
      { kind: 'head', what: 'position is 5, but an event stands at 6' },
      { kind: 'head', what: 'streamCount is 3, but there are 2 streams' },
    ])
  })
})

test('a rebuild of what is right changes nothing and does not raise the revision', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await fill(program)
    const { revision } = await program.read((snapshot) => snapshot.head())
    for (const fromLog of [false, true]) {
      const report = await program.rebuild({ fromLog })
      assert.equal([report.asOfRevision, report.streams, report.ledgerEntries], [revision, 2, 3])
      const corrected = Object.values(report.changed).flatMap((one) => [one.added, one.removed, one.corrected])
      assert.ok([...corrected, report.videosCorrected, report.ledgersCorrected].every((count) => count === 0))
    }
  })
})

test('another hour at which the day starts computes all rows again, and back', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await fill(program)
    const before = await program.everything()
    await program.rebuild({ settings: { dayStartsAtHour: 11 } })
    // 10:00 and 10:20 are now of the day before.
    assert.equal(Object.keys(await program.rows('calendar')), [`${START_DAY - 1} en`, `${START_DAY - 1} ja`])
    assert.ok((await program.verify()).ok)
    // What the program appends next follows the new rule, though it was open before.
    await program.append([line(A, 5)])
    assert.ok((await program.verify()).ok)
    await program.rebuild({ settings: { dayStartsAtHour: 4 } })
    assert.equal(Object.keys(await program.rows('calendar')), [`${START_DAY} en`, `${START_DAY} ja`])
    assert.not.equal(await program.everything(), before)
  })
})

test('a projection that is new to an old log is exact at once', async () => {
  await onEachBackend(async (backend) => {
    const first = await backend.open()
    await fill(first)
    const byWeekday = defineProjection({
      name: 'lines_by_weekday',
      version: 1,
      key: { weekday: 'integer' },
      keyOf: (entry, _stream, calendar) => ({ weekday: calendar.weekdayOf(entry) }),
    })
    const second = await backend.open([...BUILT_IN_PROJECTIONS, byWeekday])
    assert.equal(await second.rows('lines_by_weekday'), {
      '1 en': { sessions: 1, lines: 1, chars: 10 },
      '1 ja': { sessions: 1, lines: 2, chars: 20 },
    })
    assert.ok((await second.verify()).ok)
  })
})

/** What cannot be checked against anything: a profile's name and settings, and when a stream last changed. */
const UNCHECKED = new Set(['profiles', 'profile_names', 'event_types', 'streams.revision'])

test('a change of any one value in any column of events, streams, ledger, videos and read models is named', async () => {
  await onEachBackend(async (backend) => {
    if (backend.file === null) return
    const program = await backend.open()
    await fill(program)
    const beat = event(B, 3, { type: 'telemetry.sampled', measures: { watchedMs: 900, lines: 2 } })
    await program.append([beat, event(B, 5, { type: 'playback.paused', measures: { pauses: 1 } })])
    assert.ok((await program.verify()).ok)
    const unnamed: string[] = []
    let changed = 0
    const connection = new Database(backend.file)
    try {
      const tables = connection.prepare(`select name from sqlite_schema where type = 'table'`).pluck().all()
      for (const table of tables.map(String)) {
        for (const { name: column } of connection.pragma(`table_info(${table})`) as readonly { name: string }[]) {
          if (UNCHECKED.has(table) || UNCHECKED.has(`${table}.${column}`)) continue
          const rows = connection.prepare(`select * from ${table}`).all() as readonly Record<string, unknown>[]
          for (const row of rows) {
            const restore = change(connection, table, column, row)
            if (restore === null) continue
            changed++
            const found = await program.verify().then(
              ({ ok }) => !ok,
              (error: { code?: string }) => error.code === 'STORAGE_CORRUPT',
            )
            if (!found) unnamed.push(`${table}.${column} = ${String(row[column])}`)
            restore()
          }
        }
      }
    } finally {
      connection.close()
    }
    assert.equal(unnamed, [])
    assert.ok(changed > 300, `only ${changed} values were changed`)
    assert.ok((await program.verify()).ok, 'all was put back')
  })
})

/** Changes one value; answers how to put it back, or null where there is nothing to change or the table refuses it. */
function change(connection: Database.Database, table: string, column: string, row: Record<string, unknown>) {
  const value = row[column]
  const other = otherValue(value)
  if (other === null) return null
  const others = Object.entries(row).filter(([name]) => name !== column)
  const where = others.map(([name]) => `${name} is ?`).join(' and ')
  const set = (to: unknown, from: unknown) =>
    connection
      .prepare(`update ${table} set ${column} = ? where ${column} is ? and ${where}`)
      .run(to, from, ...others.map(([, held]) => held)).changes
  connection.pragma('foreign_keys = off')
  try {
    if (set(other, value) !== 1) return null
  } catch {
    // A key or a check of the table does not let it be.
    return null
  }
  return () => assert.is(set(value, other), 1)
}

/** Null for what is left as it is. */
function otherValue(value: unknown): unknown {
  if (typeof value === 'number') return value + 4
  if (typeof value === 'string') return value.replace(/.$/u, (last) => (last === 'x' ? 'y' : 'x'))
  // A text where there is none; the ids of streams, which are bytes, show in the checksums of all their events.
  return value === null ? '{"lines":4}' : null
}

test.run()
