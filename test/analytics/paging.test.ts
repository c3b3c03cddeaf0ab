// Pages, ranges and refusals: each row comes once whatever the page's size, ranges are half-open, and what a query
// does not allow is refused by name.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { Analytics } from '../../src/ports/analytics-types.js'
import { dayOf, newSessionId, onEachLog, session } from './history.js'

const test = suite('analytics: pages and refusals')
const NOW = { now: '2026-03-10T22:00+09:00' }

onEachLog(test, 'paging through everything gives each row once, in order, ties included', NOW, async (history) => {
  const { analytics } = history
  const scripts = []
  // Five moments with three sessions each, of videos whose sums are alike: nothing but ties.
  for (let day = 1; day <= 5; day++) {
    for (const videoKey of ['local:/あ.mkv', 'local:/b.mkv', 'local:/c "quoted".mkv']) {
      const script = session({ videoKey, start: `2026-03-0${day}T12:00+09:00`, facts: { targetLanguage: 'ja' } })
      scripts.push(script.watch(2))
    }
  }
  for (const { events } of scripts) await history.append(events)

  const wanted = [...scripts].sort(
    (left, right) => right.startedAtMs - left.startedAtMs || (left.id < right.id ? -1 : 1),
  )
  for (const limit of [1, 2, 4, 15, 16]) {
    const sessions = await pages(
      (cursor) => analytics.sessions({ limit, ...cursor }),
      (answer) => answer.sessions,
    )
    assert.equal(
      sessions.map(({ sessionId }) => sessionId),
      wanted.map(({ id }) => id),
    )
    const videos = await pages(
      (cursor) => analytics.videos({ limit, ...cursor }),
      (answer) => answer.videos,
    )
    // Level by active time, so by key as bytes.
    assert.equal(
      videos.map(({ videoKey }) => videoKey),
      ['local:/b.mkv', 'local:/c "quoted".mkv', 'local:/あ.mkv'],
    )
    const days = await pages(
      (cursor) => analytics.daily({ limit, ...cursor }),
      (answer) => answer.days,
    )
    assert.is(days.length, 15)
    assert.is(new Set(days.map(({ localDay, videoKey }) => `${localDay} ${videoKey}`)).size, 15)
    assert.equal(
      days.map(({ localDay }) => localDay),
      days.map(({ localDay }) => localDay).sort((left, right) => right - left),
    )
    const months = await pages(
      (cursor) => analytics.monthly({ limit, ...cursor }),
      (answer) => answer.months,
    )
    assert.equal(
      months.map(({ measures }) => measures.sessions),
      [5, 5, 5],
    )
    const sessionId = scripts[0]?.id ?? ''
    const items = await pages(
      (cursor) => analytics.timeline({ sessionId, limit, ...cursor }),
      (answer) => answer.items,
    )
    assert.is(items.length, 3)
  }
})

onEachLog(test, 'videos are ordered by the queried measure', NOW, async ({ analytics, append }) => {
  const watch = (videoKey: string, minutes: number, lines: number) => {
    const script = session({ videoKey, start: '2026-03-10T12:00+09:00' }).watch(minutes)
    for (let line = 0; line < lines; line++) script.line(0, 1, 1)
    return append(script.events)
  }
  await watch('local:/a', 10, 1)
  await watch('local:/b', 5, 7)
  await watch('local:/c', 7, 7)
  const keys = async (query: object) => (await analytics.videos(query)).videos.map(({ videoKey }) => videoKey.slice(-1))
  assert.equal(await keys({}), ['a', 'c', 'b'])
  assert.equal(await keys({ sort: 'lines' }), ['b', 'c', 'a'])
  const { nextCursor } = await analytics.videos({ sort: 'lines', limit: 1 })
  assert.equal(await keys({ sort: 'lines', cursor: nextCursor }), ['c', 'a'])
  // A cursor of one order means nothing in another.
  await refuses(() => analytics.videos({ sort: 'words', cursor: String(nextCursor) }), 'cursor')
})

onEachLog(test, 'ranges begin with their first and end before their last', NOW, async ({ analytics, append }) => {
  const scripts = ['2026-03-01', '2026-03-02', '2026-03-03'].map((date) =>
    session({ start: `${date}T12:00+09:00`, videoKey: `local:/${date}` }).watch(1),
  )
  for (const { events } of scripts) await append(events)
  const [first = 0, second = 0, third = 0] = scripts.map(({ startedAtMs }) => startedAtMs)
  const count = async (query: object) => (await analytics.sessions(query)).sessions.length
  assert.is(await count({ fromMs: first, toMs: third }), 2)
  assert.is(await count({ fromMs: first + 1 }), 2)
  assert.is(await count({ toMs: third + 1 }), 3)
  assert.is(await count({ fromMs: second, toMs: second }), 0)
  assert.is(await count({ videoKey: 'local:/2026-03-02' }), 1)
  assert.is(await count({ videoKey: 'local:/2026-03-02', toMs: second }), 0)
  const days = async (query: object) => (await analytics.daily(query)).days.length
  const day = dayOf('2026-03-01')
  assert.is(await days({ fromDay: day, toDay: day + 2 }), 2)
  assert.is(await days({ fromDay: day + 1 }), 2)
  assert.is(await days({ videoKey: 'local:/2026-03-03', fromDay: day }), 1)
  const throughput = await analytics.throughput({ by: 'day', fromDay: day, toDay: day + 2 })
  assert.equal(
    throughput.rows.map(({ key }) => key),
    ['2026-03-02', '2026-03-01'],
  )
  assert.equal(
    (await analytics.throughput({ by: 'session', limit: 2 })).rows.map(({ key }) => key),
    [scripts[2]?.id, scripts[1]?.id],
  )
})

onEachLog(test, 'rows of a projection come by the names of its key', NOW, async ({ analytics, append }) => {
  await append(session({ videoKey: 'local:/a', start: '2026-03-01T12:00+09:00' }).watch(3).events)
  await append(session({ videoKey: 'local:/b', start: '2026-03-02T12:00+09:00' }).watch(1).events)
  const { rows } = await analytics.rows({ projection: 'daily@1' })
  assert.equal(
    rows.map(({ key }) => key),
    [
      { localDay: dayOf('2026-03-01'), videoKey: 'local:/a', language: 'und' },
      { localDay: dayOf('2026-03-02'), videoKey: 'local:/b', language: 'und' },
    ],
  )
  const grouped = await analytics.rows({
    projection: 'daily@1',
    groupBy: ['videoKey'],
    orderBy: [{ column: 'activeMs', descending: true }],
    measures: ['activeMs'],
  })
  assert.equal(
    grouped.rows.map(({ key, measures }) => [key, measures.activeMs, measures.sessions]),
    [
      [{ videoKey: 'local:/a' }, 180_000, 0],
      [{ videoKey: 'local:/b' }, 60_000, 0],
    ],
  )
  const after = await analytics.rows({
    projection: 'daily@1',
    range: { column: 'localDay', from: dayOf('2026-03-01') },
    equals: { language: 'und' },
    after: [dayOf('2026-03-01'), 'local:/a', 'und'],
    limit: 1,
  })
  assert.is(after.rows[0]?.key.videoKey, 'local:/b')
  await refuses(() => analytics.rows({ projection: 'nothing@1' }), 'projection', 'UNKNOWN_PROJECTION')
  await refuses(() => analytics.rows({ projection: 'daily@1', equals: { nothing: 1 } }), 'equals')
  await refuses(() => analytics.rows({ projection: 'daily@1', equals: { localDay: 'x' } }), 'equals.localDay')
  await refuses(() => analytics.rows({ projection: 'daily@1', groupBy: ['localDay; drop'] }), 'groupBy')
  await refuses(() => analytics.rows({ projection: 'daily@1', range: { column: 'videoKey' } }), 'range.column')
  await refuses(() => analytics.rows({ projection: 'daily@1', orderBy: [{ column: 'x' }] }), 'orderBy.column')
  await refuses(() => analytics.rows({ projection: 'daily@1', after: [1] }), 'after')
  await refuses(() => analytics.rows({ projection: 'daily@1', limit: 10_001 }), 'limit')
})

onEachLog(
  test,
  'what is out of range is refused with argument, value and what is allowed',
  NOW,
  async ({ analytics }) => {
    const cases: readonly (readonly [argument: string, ask: (of: Loose) => Promise<unknown>])[] = [
      ['limit', (of) => of.sessions({ limit: 0 })],
      ['limit', (of) => of.sessions({ limit: 501 })],
      ['limit', (of) => of.sessions({ limit: 1.5 })],
      ['limit', (of) => of.timeline({ sessionId: newSessionId(), limit: 10_001 })],
      ['cursor', (of) => of.sessions({ cursor: 'x' })],
      ['cursor', (of) => of.sessions({ cursor: Buffer.from('["daily",1,"a","b"]').toString('base64url') })],
      ['cursor', (of) => of.sessions({ cursor: Buffer.from('["sessions","1","a","b","c"]').toString('base64url') })],
      ['toMs', (of) => of.sessions({ fromMs: 2, toMs: 1 })],
      ['fromMs', (of) => of.sessions({ fromMs: '2026' })],
      ['language', (of) => of.videos({ language: '' })],
      ['sort', (of) => of.videos({ sort: 'title' })],
      ['fromday', (of) => of.daily({ fromday: 1 })],
      ['toDay', (of) => of.daily({ fromDay: 2, toDay: 1 })],
      ['fromMonth', (of) => of.monthly({ fromMonth: 202613 })],
      ['by', (of) => of.throughput({ by: 'week' })],
      ['minimumMinutes', (of) => of.streak({ minimumMinutes: 0 })],
      ['days', (of) => of.trend({ days: 3_661 })],
      ['toDay', (of) => of.calendar({ fromDay: 0, toDay: 3_661 })],
      ['today', (of) => of.overview({ today: Number.NaN })],
      ['query', (of) => of.hours('ja')],
      ['sessionId', (of) => of.session('x')],
      ['videoKey', (of) => of.video('')],
    ]
    const loose = analytics as unknown as Loose
    for (const [argument, ask] of cases) await refuses(() => ask(loose), argument)
    await refuses(() => analytics.session(newSessionId()), undefined, 'UNKNOWN_SESSION')
    await refuses(() => analytics.timeline({ sessionId: newSessionId() }), undefined, 'UNKNOWN_SESSION')
    await refuses(() => analytics.video('local:/nothing'), undefined, 'UNKNOWN_VIDEO')
  },
)

/** As a program without types calls it. */
type Loose = Readonly<Record<keyof Analytics, (query: unknown) => Promise<unknown>>>

async function refuses(ask: () => Promise<unknown>, argument?: string, code = 'INVALID_ARGUMENT'): Promise<void> {
  try {
    await ask()
  } catch (error) {
    assert.instance(error, ImmersionError)
    const refused = error as ImmersionError
    assert.is(refused.code, code)
    if (argument !== undefined && code === 'INVALID_ARGUMENT') {
      assert.is(refused.details.argument, argument)
      assert.ok(refused.message.includes('; allowed is '), refused.message)
    }
    return
  }
  assert.unreachable(`${argument ?? code} is not refused`)
}

async function pages<Answer extends { readonly nextCursor: string | null }, Row>(
  ask: (cursor: { readonly cursor?: string }) => Promise<Answer>,
  rowsOf: (answer: Answer) => readonly Row[],
): Promise<readonly Row[]> {
  const rows: Row[] = []
  let cursor: string | null = null
  do {
    const answer: Answer = await ask(cursor === null ? {} : { cursor })
    rows.push(...rowsOf(answer))
    cursor = answer.nextCursor
  } while (cursor !== null)
  return rows
}

test.run()
