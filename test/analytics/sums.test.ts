// Queries whose answers are sums: expected numbers are worked out by hand from the script of each session.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { dayOf, moment, onEachLog, PROFILE, session } from './history.js'

const test = suite('analytics: sums and rates')
const NOW = { now: '2026-03-10T22:00+09:00' }

onEachLog(test, 'an empty log answers every query with nothing', NOW, async ({ analytics }) => {
  const overview = await analytics.overview()
  assert.is(overview.total.measures.activeMs, 0)
  assert.is(overview.total.rates.charsPerHour, null)
  assert.is(overview.videos, 0)
  assert.equal(overview.streak.current, { days: 0, fromDay: null, lastDay: null })
  assert.equal(overview.latestSessions, [])
  assert.is(overview.today.localDay, dayOf('2026-03-10'))
  const asOfRevision = overview.asOfRevision
  assert.equal((await analytics.sessions()).sessions, [])
  assert.is((await analytics.sessions()).nextCursor, null)
  assert.equal((await analytics.videos()).videos, [])
  assert.equal((await analytics.daily()).days, [])
  assert.equal((await analytics.monthly()).months, [])
  assert.equal((await analytics.hours()).cells, [])
  assert.equal((await analytics.calendar()).days, [])
  for (const by of ['session', 'day', 'month', 'video', 'series'] as const) {
    assert.equal(await analytics.throughput({ by }), { by, rows: [], rowsFrom: null, asOfRevision })
  }
  const trend = await analytics.trend()
  assert.is(trend.current.measures.lines, 0)
  assert.is(trend.change.lines, null)
  assert.equal((await analytics.streak()).longest, { days: 0, fromDay: null, lastDay: null })
})

onEachLog(test, 'one session gives the same sums and rates in every query', NOW, async (history) => {
  const { analytics } = history
  const script = session({
    videoKey: 'local:/anime/Show 01.mkv',
    start: '2026-03-10T20:00+09:00',
    facts: { targetLanguage: 'ja', locale: 'de' },
    video: { title: 'Show 1', series: 'Show' },
  })
  // 25 minutes of active time, then 5 of pause: 120 chars and 50 words in 10 lines, 4 lookups of which 3 hit, 1 card.
  script.watch(25)
  for (let minute = 0; minute < 10; minute++) script.line(minute, 12, 5)
  for (const hit of [true, true, false, true]) script.lookup(12, hit)
  script.card(13).add('playback.paused', 25, { pauses: 1 })
  script.add('telemetry.sampled', 25, { watchedMs: 300_000, pausedMs: 300_000 }).end(30)
  await history.append(script.events)

  const [found] = (await analytics.sessions()).sessions
  assert.equal(
    { ...found, measures: null, rates: null },
    {
      sessionId: script.id,
      videoKey: 'local:/anime/Show 01.mkv',
      title: 'Show 1',
      series: 'Show',
      language: 'ja',
      targetLanguage: 'ja',
      locale: 'de',
      startedAtMs: script.startedAtMs,
      utcOffsetMin: 540,
      localDay: dayOf('2026-03-10'),
      endedAtMs: script.startedAtMs + 30 * 60_000,
      status: 'ended',
      measures: null,
      rates: null,
    },
  )
  const measures = {
    sessions: 1,
    watchedMs: 1_800_000,
    activeMs: 1_500_000,
    pausedMs: 300_000,
    lines: 10,
    chars: 120,
    words: 50,
    tokens: 0,
    cards: 1,
    lookups: 4,
    lookupHits: 3,
    pauses: 1,
    seeksForward: 0,
    seeksBackward: 0,
    buffers: 0,
  }
  // 120 chars in 25/60 of an hour; 50 words in 25 minutes; 1 card in 25/60 of an hour; 4 lookups a 50 words; 3 of 4.
  const rates = {
    charsPerHour: 288,
    wordsPerMinute: 2,
    cardsPerHour: 2.4,
    lookupsPerHundredWords: 8,
    lookupHitRate: 0.75,
  }
  assert.equal(found?.measures, measures)
  closeTo(found?.rates, rates)
  const { session: one, eventsHeld, eventsRecorded } = await analytics.session(script.id)
  assert.equal(one, found)
  assert.is(eventsHeld, script.events.length)
  assert.is(eventsRecorded, script.events.length)
  const [video] = (await analytics.videos()).videos
  assert.equal(video?.measures, measures)
  assert.equal(video?.facts, { title: 'Show 1', series: 'Show' })
  assert.is(video?.firstSeenAtMs, script.startedAtMs)
  assert.is(video?.lastSeenAtMs, script.startedAtMs + 30 * 60_000)
  assert.equal((await analytics.daily()).days[0]?.measures, measures)
  assert.is((await analytics.daily()).days[0]?.localDay, dayOf('2026-03-10'))
  assert.equal((await analytics.monthly()).months[0]?.measures, measures)
  assert.is((await analytics.monthly()).months[0]?.localMonth, 202603)
  for (const [by, key, label] of [
    ['session', script.id, 'Show 1'],
    ['day', '2026-03-10', '2026-03-10'],
    ['month', '2026-03', '2026-03'],
    ['video', 'local:/anime/Show 01.mkv', 'Show 1'],
    ['series', 'Show', 'Show'],
  ] as const) {
    for (const range of [{}, { fromDay: dayOf('2026-03-10'), toDay: dayOf('2026-03-11') }]) {
      const { rows } = await analytics.throughput({ by, ...range })
      assert.is(rows.length, 1, by)
      assert.is(rows[0]?.key, key)
      assert.is(rows[0]?.label, label)
      assert.equal(rows[0]?.measures, measures)
      closeTo(rows[0]?.rates, rates)
    }
    assert.equal((await analytics.throughput({ by, toDay: dayOf('2026-03-10') })).rows, [], `${by} before`)
    assert.equal((await analytics.throughput({ by, fromDay: dayOf('2026-03-11') })).rows, [], `${by} after`)
  }
  const { cells } = await analytics.hours()
  // 2026-03-10 was a Tuesday; everything happened between 20:00 and 20:30, and the end has no measures.
  assert.equal(cells, [{ weekday: 2, hour: 20, measures }])
  const overview = await analytics.overview()
  assert.equal(overview.today.measures, measures)
  assert.equal(overview.week.measures, measures)
  assert.equal(overview.total.measures, measures)
  assert.equal(overview.languages, [{ language: 'ja', measures }])
  assert.equal(overview.latestSessions, [found])
  assert.is(overview.activeDays, 1)
  const { revision } = await history.log.read(PROFILE, (snapshot) => snapshot.head())
  assert.is(overview.asOfRevision, revision)
})

onEachLog(test, 'languages of one video are summed, unless one is queried', NOW, async ({ analytics, append }) => {
  const videoKey = 'local:/film.mkv'
  const japanese = session({ videoKey, start: '2026-03-09T20:00+09:00', facts: { targetLanguage: 'ja' } })
  const english = session({ videoKey, start: '2026-03-09T21:00+09:00', facts: { targetLanguage: 'en' } })
  await append(japanese.watch(10).line(1, 7, 3).events)
  await append(english.watch(20).line(1, 30, 8).events)

  const { videos } = await analytics.videos()
  assert.is(videos.length, 1)
  assert.is(videos[0]?.measures.activeMs, 30 * 60_000)
  assert.is(videos[0]?.measures.chars, 37)
  assert.is((await analytics.videos({ language: 'ja' })).videos[0]?.measures.chars, 7)
  assert.equal((await analytics.videos({ language: 'ko' })).videos, [])
  const video = await analytics.video(videoKey)
  assert.is(video.video.measures.words, 11)
  assert.equal(
    video.languages.map(({ language, measures }) => [language, measures.words]),
    [
      ['en', 8],
      ['ja', 3],
    ],
  )
  assert.equal(
    video.sessions.map(({ sessionId }) => sessionId),
    [english.id, japanese.id],
  )
  const day = dayOf('2026-03-09')
  const lines = ({ measures }: { readonly measures: { readonly lines: number } }) => measures.lines
  assert.equal((await analytics.calendar()).days.map(lines), [2])
  assert.equal((await analytics.calendar({ language: 'en' })).days.map(lines), [1])
  assert.equal((await analytics.throughput({ by: 'day' })).rows.map(lines), [2])
  assert.equal((await analytics.throughput({ by: 'month', language: 'ja' })).rows.map(lines), [1])
  assert.equal((await analytics.throughput({ by: 'video', fromDay: day, toDay: day + 1 })).rows.map(lines), [2])
  assert.equal(
    (await analytics.daily()).days.map(({ language, measures }) => [language, measures.chars]),
    [
      ['en', 30],
      ['ja', 7],
    ],
  )
  assert.is((await analytics.overview({ language: 'ja' })).total.measures.activeMs, 10 * 60_000)
  assert.is((await analytics.overview()).total.measures.activeMs, 30 * 60_000)
  assert.is((await analytics.streak({ language: 'ja', minimumMinutes: 11 })).activeDays, 0)
  assert.is((await analytics.streak({ minimumMinutes: 30 })).activeDays, 1)
  assert.is((await analytics.sessions({ language: 'ja' })).sessions.length, 1)
  assert.is((await analytics.hours({ language: 'ja' })).cells.length, 1)
})

onEachLog(test, 'a session over the start of a day counts on both days and began on one', NOW, async (history) => {
  // The day begins at 4: ten minutes of it on the 9th, five on the 10th.
  const script = session({ start: '2026-03-10T03:50+09:00' }).watch(15)
  await history.append(script.events)
  const { days } = await history.analytics.calendar()
  assert.equal(
    days.map(({ localDay, measures }) => [localDay, measures.activeMs, measures.sessions]),
    [
      [dayOf('2026-03-09'), 10 * 60_000, 1],
      [dayOf('2026-03-10'), 5 * 60_000, 0],
    ],
  )
  const [found] = (await history.analytics.sessions()).sessions
  assert.is(found?.localDay, dayOf('2026-03-09'))
  assert.is(found?.measures.activeMs, 15 * 60_000)
  const by = 'session'
  const ninth = { by, fromDay: dayOf('2026-03-09'), toDay: dayOf('2026-03-10') } as const
  const tenth = { by, fromDay: dayOf('2026-03-10'), toDay: dayOf('2026-03-11') } as const
  assert.is((await history.analytics.throughput(ninth)).rows.length, 1)
  assert.is((await history.analytics.throughput(tenth)).rows.length, 0)
  assert.equal(
    (await history.analytics.hours()).cells.map(({ weekday, hour }) => [weekday, hour]),
    // The night of Monday the 9th still is Monday's, at three o'clock.
    [
      [1, 3],
      [2, 4],
    ],
  )
})

onEachLog(test, 'where days begin at midnight they do', { ...NOW, dayStartsAtHour: 0 }, async (history) => {
  await history.append(session({ start: '2026-02-28T23:50+09:00' }).watch(15).events)
  const { days } = await history.analytics.daily()
  assert.equal(
    days.map(({ localDay, measures }) => [localDay, measures.activeMs]),
    [
      [dayOf('2026-03-01'), 5 * 60_000],
      [dayOf('2026-02-28'), 10 * 60_000],
    ],
  )
  const { months } = await history.analytics.monthly()
  assert.equal(
    months.map(({ localMonth, measures }) => [localMonth, measures.activeMs]),
    [
      [202603, 5 * 60_000],
      [202602, 10 * 60_000],
    ],
  )
  assert.equal(
    (await history.analytics.monthly({ fromMonth: 202602, toMonth: 202603 })).months.map((row) => row.localMonth),
    [202602],
  )
  // Of a range only its days count, also in a month of which it takes a part.
  const toDay = dayOf('2026-03-01')
  assert.equal(
    (await history.analytics.throughput({ by: 'month', toDay })).rows.map(({ key, measures }) => [
      key,
      measures.activeMs,
    ]),
    [['2026-02', 10 * 60_000]],
  )
})

onEachLog(test, 'each session belongs to the day on its own clock, in any zone', NOW, async ({ analytics, append }) => {
  // The same moment, 2026-03-09T18:30Z, is 13:30 on the 9th in New York, 00:15 on the 10th (so still the 9th) in
  // Kathmandu, 03:30 (still the 9th) in Tokyo and 08:30 on the 10th on Kiritimati.
  const starts = ['13:30-05:00', '00:15+05:45', '03:30+09:00', '08:30+14:00'].map(
    (clock) => `2026-03-${clock.startsWith('13') ? '09' : '10'}T${clock}`,
  )
  for (const start of starts) assert.is(moment(start).atMs, Date.parse('2026-03-09T18:30Z'))
  for (const start of starts) await append(session({ start }).watch(2).events)
  const days = (await analytics.calendar()).days.map(({ localDay, measures }) => [localDay, measures.sessions])
  assert.equal(days, [
    [dayOf('2026-03-09'), 3],
    [dayOf('2026-03-10'), 1],
  ])
  const fromDay = dayOf('2026-03-10')
  const rows = await analytics.throughput({ by: 'session', fromDay, toDay: fromDay + 1, limit: 1 })
  assert.is(rows.rows.length, 1)
  const ninth = await analytics.throughput({ by: 'session', fromDay: fromDay - 1, toDay: fromDay, limit: 2 })
  assert.is(ninth.rows.length, 2)
})

onEachLog(test, 'a trend compares the span that ends today with the one before', NOW, async ({ analytics, append }) => {
  for (const [date, minutes, chars] of [
    ['2026-03-01', 50, 500],
    ['2026-03-05', 20, 100],
    ['2026-03-08', 30, 250],
    ['2026-03-10', 10, 50],
  ] as const) {
    await append(
      session({ start: `${date}T12:00+09:00` })
        .watch(minutes)
        .line(0, chars, 0).events,
    )
  }
  const trend = await analytics.trend({ days: 3 })
  // 8–10 March against 5–7 March; the 1st is in neither.
  assert.is(trend.current.fromDay, dayOf('2026-03-08'))
  assert.is(trend.current.toDay, dayOf('2026-03-11'))
  assert.is(trend.previous.fromDay, dayOf('2026-03-05'))
  assert.is(trend.previous.toDay, dayOf('2026-03-08'))
  assert.is(trend.current.measures.activeMs, 40 * 60_000)
  assert.is(trend.previous.measures.activeMs, 20 * 60_000)
  assert.is(trend.change.activeMs, 1)
  assert.is(trend.change.chars, 2)
  assert.is(trend.change.sessions, 1)
  assert.is(trend.change.cards, null)
  assert.is(trend.current.activeDays, 2)
  assert.is(trend.previous.activeDays, 1)
  assert.is(trend.current.rates.charsPerHour, 450)
  assert.equal(
    trend.days.map(({ localDay }) => localDay),
    [dayOf('2026-03-08'), dayOf('2026-03-10')],
  )
  const earlier = await analytics.trend({ days: 3, today: dayOf('2026-03-07') })
  assert.is(earlier.current.measures.sessions, 1)
  assert.is(earlier.previous.measures.sessions, 0)
})

onEachLog(test, 'the calendar shows 366 days, to today or from the end that is given', NOW, async (history) => {
  for (const date of ['2025-03-09', '2025-03-10', '2026-03-10', '2026-03-11']) {
    await history.append(session({ start: `${date}T12:00+09:00` }).watch(1).events)
  }
  const shown = async (query: object) =>
    (await history.analytics.calendar(query)).days.map(({ localDay }) => localDay - dayOf('2026-03-10'))
  assert.equal(await shown({}), [-365, 0])
  assert.equal(await shown({ today: dayOf('2026-03-09') }), [-366, -365])
  assert.equal(await shown({ toDay: dayOf('2026-03-10') }), [-366, -365])
  assert.equal(await shown({ fromDay: dayOf('2025-03-10') }), [-365, 0])
  assert.equal(await shown({ fromDay: dayOf('2025-03-10'), toDay: dayOf('2026-03-12') }), [-365, 0, 1])
  assert.equal(await shown({ fromDay: dayOf('2026-03-10'), toDay: dayOf('2026-03-10') }), [])
})

onEachLog(test, 'series add up their videos, and a video without one stands for itself', NOW, async (history) => {
  const watch = (videoKey: string, video: object | undefined, minutes: number) =>
    history.append(
      session({ videoKey, start: '2026-03-10T12:00+09:00', ...(video === undefined ? {} : { video }) }).watch(minutes)
        .events,
    )
  await watch('local:/a1.mkv', { title: 'A 1', series: 'A' }, 10)
  await watch('local:/a2.mkv', { title: 'A 2', series: 'A' }, 15)
  await watch('local:/films/Long film.mkv', undefined, 20)
  await watch('local:/b.mkv', { title: 'B' }, 5)
  const { rows } = await history.analytics.throughput({ by: 'series' })
  assert.equal(
    rows.map(({ key, label, measures }) => [key, label, measures.activeMs / 60_000]),
    [
      ['A', 'A', 25],
      ['local:/films/Long film.mkv', 'Long film.mkv', 20],
      ['local:/b.mkv', 'B', 5],
    ],
  )
  assert.is((await history.analytics.throughput({ by: 'series', limit: 2 })).rows.length, 2)
})

onEachLog(test, 'the week is today and the six days before', NOW, async ({ analytics, append }) => {
  for (const date of ['2026-03-03', '2026-03-04', '2026-03-10', '2026-03-11']) {
    await append(session({ start: `${date}T12:00+09:00` }).watch(1).events)
  }
  const overview = await analytics.overview()
  assert.is(overview.week.measures.sessions, 2)
  assert.is(overview.today.measures.sessions, 1)
  assert.is(overview.total.measures.sessions, 4)
  assert.is(overview.activeDays, 3)
})

function closeTo(found: object | undefined, expected: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(Math.abs(Number(Reflect.get(found ?? {}, name)) - value) < 1e-9, `${name} is ${value}`)
  }
}

test.run()
