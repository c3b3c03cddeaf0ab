// Contract cases of read models: rows are sums too, and a query filters, groups, orders and pages them. Expected orders are
// worked out here by sorting plain objects.

import assert from 'node:assert/strict'
import type { EventLog, Head, ReadModelRow, RowQuery, RowTable } from '../../ports/event-log.js'
import {
  committed,
  contentOf,
  DAILY,
  dailyRow,
  onLog,
  type PortCase,
  PROFILE,
  refused,
  sums,
  TABLES,
  withLog,
  writesAfter,
} from './contract-case.js'

interface Fact {
  readonly localDay: number
  readonly videoKey: string
  readonly language: string
  readonly watchedMs: number
  readonly lines: number
}

/** Some days are before 1970. Many rows have equal measures, so that ties must be broken. */
const FACTS: readonly Fact[] = [-2, -1, 0, 3, 19_700].flatMap((localDay, place) =>
  ['local:/a', 'local:/b', 'remote:c'].flatMap((videoKey, film) =>
    ['en', 'ja'].map((language, voice) => {
      return { localDay, videoKey, language, watchedMs: ((place + film) % 2) * 1000, lines: 1 + voice + place }
    }),
  ),
)

async function writeFacts(log: EventLog, head: Head): Promise<Head> {
  return committed(log, writesAfter(head, { rows: [{ projection: 'daily@1', rows: FACTS.map(rowOf) }] }))
}

function query(log: EventLog, rowQuery: Omit<RowQuery, 'projection'>): Promise<readonly ReadModelRow[]> {
  return log.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'daily@1', ...rowQuery }))
}

const rowOf = (fact: Fact): ReadModelRow =>
  dailyRow(fact.localDay, fact.videoKey, { watchedMs: fact.watchedMs, lines: fact.lines }, fact.language)

/** Reads by cursors, in pages of several sizes, and checks that they give the same rows as one long answer. */
async function walk(
  log: EventLog,
  rowQuery: Omit<RowQuery, 'projection'>,
  valuesOf: (row: ReadModelRow) => (string | number)[],
): Promise<readonly ReadModelRow[]> {
  const all = await query(log, rowQuery)
  for (const limit of [1, 4, 7]) {
    const seen: ReadModelRow[] = []
    for (let after: (string | number)[] | undefined; ; ) {
      const page = await query(log, { ...rowQuery, limit, ...(after ? { after } : {}) })
      seen.push(...page)
      const last = page.at(-1)
      if (!last || seen.length > all.length) break
      after = valuesOf(last)
    }
    assert.deepEqual(seen, all)
  }
  return all
}

const rollupCase = onLog('Rollup')
const laterProjectionCase = onLog('Rollup', 'second-opening', 'later-projections')

export const rollupCases: readonly PortCase[] = [
  rollupCase('writes are added to a read model, and a row of zeros does not exist', async (log, head) => {
    const write = (now: Head, ...rows: ReadModelRow[]) =>
      committed(log, writesAfter(now, { rows: [{ projection: 'daily@1', rows }] }))
    let now = await write(head, dailyRow(1, 'a', { lines: 1, words: 3 }), dailyRow(1, 'b', { lines: 1 }))
    now = await write(now, dailyRow(1, 'a', { lines: 2 }), dailyRow(1, 'b', { lines: -1 }), dailyRow(2, 'c', {}))
    assert.deepEqual(await query(log, {}), [dailyRow(1, 'a', { lines: 3, words: 3 })])
    now = await write(now, dailyRow(1, 'b', { lines: -4 }))
    now = await write(now, dailyRow(1, 'b', { lines: 4 }), dailyRow(1, 'a', { lines: -3, words: -3 }))
    assert.deepEqual(await query(log, {}), [])
  }),

  rollupCase('rows are filtered by equal values and by a half-open range', async (log, head) => {
    await writeFacts(log, head)
    const assertKept = async (rowQuery: Omit<RowQuery, 'projection'>, keep: (fact: Fact) => boolean) =>
      assert.deepEqual(await query(log, rowQuery), FACTS.filter(keep).map(rowOf))
    await assertKept({}, () => true)
    const halfOpen = { range: { column: 'localDay', from: -1, to: 3 } }
    await assertKept(halfOpen, ({ localDay }) => localDay === -1 || localDay === 0)
    const one = { equals: { language: 'ja', videoKey: 'local:/b' }, range: { column: 'localDay', from: 0 } }
    await assertKept(one, (fact) => fact.language === 'ja' && fact.videoKey === 'local:/b' && fact.localDay >= 0)
    await assertKept({ equals: { localDay: 3 } }, ({ localDay }) => localDay === 3)
    assert.deepEqual(await query(log, { equals: { language: 'fr' } }), [])
  }),

  rollupCase('rows with equal groupBy columns are added up', async (log, head) => {
    await writeFacts(log, head)
    // By hand: per film and language, lines 1 + voice + place over places 0–4; the clock ticks on every other place.
    assert.deepEqual(await query(log, { groupBy: ['language', 'videoKey'] }), [
      { key: ['en', 'local:/a'], measures: sums({ watchedMs: 2000, lines: 15 }) },
      { key: ['en', 'local:/b'], measures: sums({ watchedMs: 3000, lines: 15 }) },
      { key: ['en', 'remote:c'], measures: sums({ watchedMs: 2000, lines: 15 }) },
      { key: ['ja', 'local:/a'], measures: sums({ watchedMs: 2000, lines: 20 }) },
      { key: ['ja', 'local:/b'], measures: sums({ watchedMs: 3000, lines: 20 }) },
      { key: ['ja', 'remote:c'], measures: sums({ watchedMs: 2000, lines: 20 }) },
    ])
    assert.deepEqual(await query(log, { groupBy: ['language'], equals: { videoKey: 'remote:c' } }), [
      { key: ['en'], measures: sums({ watchedMs: 2000, lines: 15 }) },
      { key: ['ja'], measures: sums({ watchedMs: 2000, lines: 20 }) },
    ])
  }),

  rollupCase('without groupBy columns the answer is one row, of zeros when nothing matches', async (log, head) => {
    await writeFacts(log, head)
    assert.deepEqual(await query(log, { groupBy: [] }), [
      { key: [], measures: sums({ watchedMs: 14_000, lines: 105 }) },
    ])
    const none = { groupBy: [], equals: { language: 'fr' } }
    assert.deepEqual(await query(log, none), [{ key: [], measures: sums({}) }])
    const one = { groupBy: [], equals: { language: 'fr', localDay: 3, videoKey: 'local:/a' } }
    assert.deepEqual(await query(log, one), [{ key: [], measures: sums({}) }])
  }),

  rollupCase('measures that are not selected are 0, but can still order the rows', async (log, head) => {
    await writeFacts(log, head)
    const selected = {
      groupBy: ['videoKey'],
      orderBy: [{ column: 'watchedMs', descending: true }],
      measures: ['lines'],
    } as const
    assert.deepEqual(await query(log, selected), [
      { key: ['local:/b'], measures: sums({ lines: 35 }) },
      { key: ['local:/a'], measures: sums({ lines: 35 }) },
      { key: ['remote:c'], measures: sums({ lines: 35 }) },
    ])
    const { measures } = selected
    assert.deepEqual(await query(log, { groupBy: [], measures }), [{ key: [], measures: sums({ lines: 105 }) }])
    const [first] = await query(log, { measures, limit: 1 })
    assert.deepEqual(first, dailyRow(-2, 'local:/a', { lines: 1 }, 'en'))
  }),

  rollupCase('rows are ordered by measures, and ties by the remaining columns ascending', async (log, head) => {
    await writeFacts(log, head)
    const orderBy = [{ column: 'watchedMs', descending: true }, { column: 'lines' }]
    const expected = [...FACTS].sort(
      (left, right) =>
        right.watchedMs - left.watchedMs ||
        left.lines - right.lines ||
        left.localDay - right.localDay ||
        Buffer.compare(Buffer.from(left.videoKey), Buffer.from(right.videoKey)) ||
        Buffer.compare(Buffer.from(left.language), Buffer.from(right.language)),
    )
    assert.deepEqual(await query(log, { orderBy }), expected.map(rowOf))
    assert.deepEqual(await query(log, { orderBy, limit: 4 }), expected.slice(0, 4).map(rowOf))
  }),

  rollupCase('cursors go through every order, each row once', async (log, head) => {
    await writeFacts(log, head)
    const [watchedMs, lines] = [1, 4]
    await walk(log, {}, ({ key }) => [...key])
    const newest = ['localDay', 'videoKey', 'language'].map((column) => ({ column, descending: true }))
    const all = await walk(log, { orderBy: newest }, ({ key }) => [...key])
    assert.deepEqual(all, FACTS.map(rowOf).reverse())
    await walk(log, { orderBy: [{ column: 'localDay', descending: true }] }, ({ key }) => [...key])
    await walk(log, { orderBy: [{ column: 'videoKey' }] }, ({ key: [day, video, language] }) => {
      return [video ?? '', day ?? 0, language ?? '']
    })
    const byMeasures = [{ column: 'watchedMs', descending: true }, { column: 'lines' }]
    await walk(log, { orderBy: byMeasures }, ({ key, measures }) => [
      measures[watchedMs] as number,
      measures[lines] as number,
      ...key,
    ])
    const grouped = { groupBy: ['videoKey', 'language'], orderBy: [{ column: 'watchedMs', descending: true }] }
    await walk(log, grouped, ({ key, measures }) => [measures[watchedMs] as number, ...key])
    const days = { groupBy: ['localDay'], orderBy: [{ column: 'localDay', descending: true }] }
    await walk(log, days, ({ key }) => [...key])
    const filtered = {
      groupBy: ['localDay', 'videoKey'],
      equals: { language: 'ja' },
      range: { column: 'localDay', from: 0 },
    }
    await walk(log, filtered, ({ key }) => [...key])
  }),

  rollupCase('a projection, a column or a cursor that the table does not have is refused', async (log, head) => {
    await writeFacts(log, head)
    await refused(() => log.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'none@1' })), 'UNKNOWN_PROJECTION')
    await refused(() => query(log, { equals: { 'language = language --': 'ja' } }), 'INVALID_ARGUMENT')
    await refused(() => query(log, { groupBy: ['title'] }), 'INVALID_ARGUMENT')
    await refused(() => query(log, { groupBy: ['language'], orderBy: [{ column: 'localDay' }] }), 'INVALID_ARGUMENT')
    await refused(() => query(log, { range: { column: 'none', from: 1 } }), 'INVALID_ARGUMENT')
    await refused(() => query(log, { after: [1] }), 'INVALID_ARGUMENT')
  }),

  rollupCase('a commit with rows of an unknown projection is refused, and writes nothing', async (log, head) => {
    const before = await contentOf(log)
    const rows = [
      { projection: 'daily@1', rows: [dailyRow(1, 'a', { lines: 1 })] },
      { projection: 'daily@2', rows: [dailyRow(1, 'a', { lines: 1 })] },
    ]
    await refused(() => log.commit(PROFILE, writesAfter(head, { rows })), 'UNKNOWN_PROJECTION')
    assert.deepEqual(await contentOf(log), before)
  }),

  laterProjectionCase('an existing log gets the table of a later projection', async (log, head, open) => {
    const first = await writeFacts(log, head)
    const weekdays: RowTable = {
      name: 'weekdays',
      version: 2,
      key: [{ name: 'weekday', type: 'integer' }],
      indexes: [],
    }
    const row = { key: [7, 'ja'], measures: sums({ lines: 4 }) }
    for (const turn of [1, 2]) {
      await withLog(
        open,
        async (other) => {
          if (turn === 1)
            await committed(other, writesAfter(first, { rows: [{ projection: 'weekdays@2', rows: [row] }] }))
          const held = await other.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'weekdays@2' }))
          assert.deepEqual(held, [row])
        },
        { tables: [...TABLES, weekdays] },
      )
    }
    assert.deepEqual(await query(log, {}), FACTS.map(rowOf))
  }),

  laterProjectionCase('versions of a projection have rows of their own', async (log, head, open) => {
    await writeFacts(log, head)
    const second: RowTable = { ...DAILY, version: 2, key: [{ name: 'localDay', type: 'integer' }] }
    await withLog(
      open,
      async (other) => {
        const held = await other.read(PROFILE, (snapshot) => snapshot.rows({ projection: 'daily@2' }))
        assert.deepEqual(held, [])
      },
      { tables: [...TABLES, second] },
    )
  }),
]
