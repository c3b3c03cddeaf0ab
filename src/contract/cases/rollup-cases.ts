// Contract cases of read models: rows are sums too, and a query filters, groups, orders and pages them. Expected orders are
// worked out here by sorting plain objects.

import assert from 'node:assert/strict'
import { rowTableOf } from '../../engine/built-in-projections.js'
import { MEASURE_INDEX, type SparseMeasures } from '../../events/measures.js'
import type { ReadModelRow } from '../../ports/event-log.js'
import { assertAnswers, byBytes, type CaseLog, type DaysQuery, dailyWrites, onLog, pagesOf } from './case-log.js'
import { dailyRow, refused, refusedAll, sums, TABLES, writesAfter } from './contract-case.js'

/** Some days are before 1970. Many rows have equal measures, so that ties must be broken. */
const FACTS = [-2, -1, 0, 3, 19_700].flatMap((localDay, place) =>
  ['local:/a', 'local:/b', 'remote:c'].flatMap((videoKey, film) =>
    ['en', 'ja'].map((language, voice) => {
      return { localDay, videoKey, language, watchedMs: ((place + film) % 2) * 1000, lines: 1 + voice + place }
    }),
  ),
)

type Fact = (typeof FACTS)[number]

const rowOf = (fact: Fact): ReadModelRow =>
  dailyRow(fact.localDay, fact.videoKey, { watchedMs: fact.watchedMs, lines: fact.lines }, fact.language)

const ALL_FACTS = dailyWrites(...FACTS.map(rowOf))

/** A row of an answer that is grouped by the columns of `key`. */
function group(measures: SparseMeasures, ...key: readonly string[]): ReadModelRow {
  return { key, measures: sums(measures) }
}

/** The rows of the facts that `keep` selects. */
const kept = (keep: (fact: Fact) => boolean) => FACTS.filter(keep).map(rowOf)

export const rollupCases = onLog('Rollup', [], {
  async 'writes are added to a read model, and a row of zeros does not exist'(log) {
    await log.write(dailyWrites(dailyRow(1, 'a', { lines: 1, words: 3 }), dailyRow(1, 'b', { lines: 1 })))
    await log.write(dailyWrites(dailyRow(1, 'a', { lines: 2 }), dailyRow(1, 'b', { lines: -1 }), dailyRow(2, 'c', {})))
    assert.deepEqual(await log.days(), [dailyRow(1, 'a', { lines: 3, words: 3 })])
    await log.write(dailyWrites(dailyRow(1, 'b', { lines: -4 })))
    await log.write(dailyWrites(dailyRow(1, 'b', { lines: 4 }), dailyRow(1, 'a', { lines: -3, words: -3 })))
    assert.deepEqual(await log.days(), [])
  },

  async 'a commit with rows of an unknown projection is refused, and writes nothing'(log) {
    const head = await log.head()
    const rows = ['daily@1', 'daily@2'].map((projection) => ({ projection, rows: [dailyRow(1, 'a', { lines: 1 })] }))
    const writes = writesAfter(head, { rows })
    await log.unchanged(() => refused(() => log.commit(writes), 'UNKNOWN_PROJECTION'))
  },

  async 'rows are filtered by equal values and by a half-open range'(log) {
    await log.write(ALL_FACTS)
    const one = { language: 'ja', videoKey: 'local:/b' }
    await assertAnswers(log.days, [
      [{}, kept(() => true)],
      [{ range: { column: 'localDay', from: -1, to: 3 } }, kept(({ localDay }) => localDay === -1 || localDay === 0)],
      [
        { equals: one, range: { column: 'localDay', from: 0 } },
        kept(({ language, videoKey, localDay }) => language === 'ja' && videoKey === 'local:/b' && localDay >= 0),
      ],
      [{ equals: { localDay: 3 } }, kept(({ localDay }) => localDay === 3)],
      [{ equals: { language: 'fr' } }, []],
    ])
  },

  async 'rows with equal groupBy columns are added up'(log) {
    await log.write(ALL_FACTS)
    // By hand: per film and language, lines 1 + voice + place over places 0–4; the clock ticks on every other place.
    await assertAnswers(log.days, [
      [
        { groupBy: ['language', 'videoKey'] },
        [
          group({ watchedMs: 2000, lines: 15 }, 'en', 'local:/a'),
          group({ watchedMs: 3000, lines: 15 }, 'en', 'local:/b'),
          group({ watchedMs: 2000, lines: 15 }, 'en', 'remote:c'),
          group({ watchedMs: 2000, lines: 20 }, 'ja', 'local:/a'),
          group({ watchedMs: 3000, lines: 20 }, 'ja', 'local:/b'),
          group({ watchedMs: 2000, lines: 20 }, 'ja', 'remote:c'),
        ],
      ],
      [
        { groupBy: ['language'], equals: { videoKey: 'remote:c' } },
        [group({ watchedMs: 2000, lines: 15 }, 'en'), group({ watchedMs: 2000, lines: 20 }, 'ja')],
      ],
    ])
  },

  async 'without groupBy columns the answer is one row, of zeros when nothing matches'(log) {
    await log.write(ALL_FACTS)
    await assertAnswers(log.days, [
      [{ groupBy: [] }, [group({ watchedMs: 14_000, lines: 105 })]],
      [{ groupBy: [], equals: { language: 'fr' } }, [group({})]],
      [{ groupBy: [], equals: { language: 'fr', localDay: 3, videoKey: 'local:/a' } }, [group({})]],
    ])
  },

  async 'measures that are not selected are 0, but can still order the rows'(log) {
    await log.write(ALL_FACTS)
    const measures = ['lines'] as const
    const orderBy = [{ column: 'watchedMs', descending: true }]
    await assertAnswers(log.days, [
      [
        { groupBy: ['videoKey'], orderBy, measures },
        ['local:/b', 'local:/a', 'remote:c'].map((videoKey) => group({ lines: 35 }, videoKey)),
      ],
      [{ groupBy: [], measures }, [group({ lines: 105 })]],
      [{ measures, limit: 1 }, [dailyRow(-2, 'local:/a', { lines: 1 }, 'en')]],
    ])
  },

  async 'rows are ordered by measures, and ties by the remaining columns ascending'(log) {
    await log.write(ALL_FACTS)
    const orderBy = [{ column: 'watchedMs', descending: true }, { column: 'lines' }]
    const expected = [...FACTS]
      .sort(
        (left, right) =>
          right.watchedMs - left.watchedMs ||
          left.lines - right.lines ||
          left.localDay - right.localDay ||
          byBytes(left.videoKey, right.videoKey) ||
          byBytes(left.language, right.language),
      )
      .map(rowOf)
    await assertAnswers(log.days, [
      [{ orderBy }, expected],
      [{ orderBy, limit: 4 }, expected.slice(0, 4)],
    ])
  },

  async 'cursors go through every order, each row once'(log) {
    await log.write(ALL_FACTS)
    const descending = (...columns: readonly string[]) => columns.map((column) => ({ column, descending: true }))
    const newest = descending('localDay', 'videoKey', 'language')
    assert.deepEqual(await log.days({ orderBy: newest }), FACTS.map(rowOf).reverse())
    const keyOf = ({ key }: ReadModelRow) => key
    const watchedOf = ({ measures }: ReadModelRow) => Number(measures[MEASURE_INDEX.watchedMs])
    const linesOf = ({ measures }: ReadModelRow) => Number(measures[MEASURE_INDEX.lines])
    const watched = descending('watchedMs')
    const queries: readonly (readonly [DaysQuery, cursorOf: (last: ReadModelRow) => readonly (string | number)[]])[] = [
      [{}, keyOf],
      [{ orderBy: newest }, keyOf],
      [{ orderBy: descending('localDay') }, keyOf],
      [
        { orderBy: [{ column: 'videoKey' }] },
        ({ key: [day = 0, video = '', language = ''] }) => [video, day, language],
      ],
      [{ orderBy: [...watched, { column: 'lines' }] }, (row) => [watchedOf(row), linesOf(row), ...row.key]],
      [{ groupBy: ['videoKey', 'language'], orderBy: watched }, (row) => [watchedOf(row), ...row.key]],
      [{ groupBy: ['localDay'], orderBy: descending('localDay') }, keyOf],
      [
        { groupBy: ['localDay', 'videoKey'], equals: { language: 'ja' }, range: { column: 'localDay', from: 0 } },
        keyOf,
      ],
    ]
    for (const [query, cursorOf] of queries) {
      const all = await log.days(query)
      for (const limit of [1, 4, 7]) {
        const page = (after?: readonly (string | number)[]) =>
          log.days({ ...query, limit, ...(after ? { after } : {}) })
        assert.deepEqual(await pagesOf(page, cursorOf, all.length), all)
      }
    }
  },

  async 'a projection, a column or a cursor that the table does not have is refused'(log) {
    await log.write(ALL_FACTS)
    await refused(() => log.rows({ projection: 'none@1' }), 'UNKNOWN_PROJECTION')
    const wrong: readonly DaysQuery[] = [
      { equals: { 'language = language --': 'ja' } },
      { groupBy: ['title'] },
      { groupBy: ['language'], orderBy: [{ column: 'localDay' }] },
      { range: { column: 'none', from: 1 } },
      { after: [1] },
    ]
    await refusedAll('INVALID_ARGUMENT', ...wrong.map((query) => () => log.days(query)))
  },
})

export const laterProjectionCases = onLog('Rollup', ['second-opening', 'later-projections'], {
  async 'an existing log gets the table of a later projection'(log) {
    await log.write(ALL_FACTS)
    const weekdays = rowTableOf({ name: 'weekdays', version: 2, key: { weekday: 'integer' } })
    const tables = [...TABLES, weekdays]
    const rows = [{ key: [7, 'ja'], measures: sums({ lines: 4 }) }]
    const assertHeld = async (other: CaseLog) => assert.deepEqual(await other.rows({ projection: 'weekdays@2' }), rows)
    await log.again(
      async (other) => {
        await other.write({ rows: [{ projection: 'weekdays@2', rows }] })
        await assertHeld(other)
      },
      { tables },
    )
    await log.again(assertHeld, { tables })
    assert.deepEqual(await log.days(), FACTS.map(rowOf))
  },

  async 'versions of a projection have rows of their own'(log) {
    await log.write(ALL_FACTS)
    const tables = [...TABLES, rowTableOf({ name: 'daily', version: 2, key: { localDay: 'integer' } })]
    await log.again(async (other) => assert.deepEqual(await other.rows({ projection: 'daily@2' }), []), { tables })
  },
})
