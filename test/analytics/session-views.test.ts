// One session seen closely: its status by the clock, its title, and its timeline while events are held and after.

import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ProjectionBehind } from '../../src/analytics/reading.js'
import { endOf } from '../../src/analytics/session-summaries.js'
import { labelOf } from '../../src/analytics/titles.js'
import { type OpenHistory, onEachLog, PROFILE, session } from './history.js'

const test = suite('analytics: one session')
const NOW = { now: '2026-03-10T20:10+09:00' }
const MINUTE_MS = 60_000

test('a session is silent once nothing came for five minutes, unless it has ended', () => {
  const now = 100 * MINUTE_MS
  assert.equal(endOf(null, false, now - 5 * MINUTE_MS + 1, now), {
    endedAtMs: now - 5 * MINUTE_MS + 1,
    status: 'active',
  })
  assert.equal(endOf(null, false, now - 5 * MINUTE_MS, now), { endedAtMs: now - 5 * MINUTE_MS, status: 'silent' })
  assert.equal(endOf(10, false, 10, now), { endedAtMs: 10, status: 'ended' })
  // It went on after its end: active while it does, and its own end afterwards.
  assert.equal(endOf(now - 2, true, now - 1, now), { endedAtMs: now - 1, status: 'active' })
  assert.equal(endOf(10, true, 20, now), { endedAtMs: 10, status: 'ended' })
  // Measured time reaches past the moment of the end, and nothing came after it.
  assert.equal(endOf(now - 2, false, now - 1, now), { endedAtMs: now - 2, status: 'ended' })
  // Another device's clock is ahead.
  assert.is(endOf(null, false, now + 60 * MINUTE_MS, now).status, 'active')
})

test('a video without a title is called by its key', () => {
  assert.is(labelOf('local:/home/me/Anime/Show S01E02.mkv'), 'Show S01E02.mkv')
  assert.is(labelOf('local:C:\\Videos\\film.mp4'), 'film.mp4')
  assert.is(labelOf('remote:https://user:secret@example.org/watch?v=1'), 'example.org/watch?v=1')
  assert.is(labelOf('remote:https://example.org/'), 'example.org')
  assert.is(labelOf(`hash:${'0123456789abcdef'.repeat(4)}`), 'hash:0123456789ab')
  assert.is(labelOf('anything'), 'anything')
})

onEachLog(test, 'a video whose key was too long to be stored is found by that key', NOW, async (history) => {
  const path = `local:/${'long/'.repeat(200)}film.mkv`
  const stored = `hash:${createHash('sha256').update(path).digest('hex')}`
  await history.append(session({ videoKey: stored, start: '2026-03-10T20:00+09:00' }).watch(1).events)
  assert.is((await history.analytics.video(path)).video.videoKey, stored)
  assert.is((await history.analytics.sessions({ videoKey: path })).sessions.length, 1)
  assert.is((await history.analytics.daily({ videoKey: path })).days.length, 1)
})

onEachLog(test, 'status follows the clock and the last moment that a heartbeat reaches', NOW, async (history) => {
  const active = session({ start: '2026-03-10T20:00+09:00' }).watch(6)
  const silent = session({ start: '2026-03-10T20:00+09:00' }).watch(5)
  const ended = session({ start: '2026-03-10T20:00+09:00' }).watch(5).end(5)
  for (const { events } of [active, silent, ended]) await history.append(events)
  const statusOf = async (id: string) => (await history.analytics.session(id)).session.status
  assert.is(await statusOf(active.id), 'active')
  assert.is(await statusOf(silent.id), 'silent')
  assert.is(await statusOf(ended.id), 'ended')
  const { session: one } = await history.analytics.session(active.id.toUpperCase())
  assert.is(one.endedAtMs, active.startedAtMs + 6 * MINUTE_MS)
})

onEachLog(test, 'a timeline has a sample for each heartbeat and a marker for the rest', NOW, async (history) => {
  const script = timelineScript()
  // Another session in between, in the same stretch of the log.
  const other = session({ start: '2026-03-10T19:00+09:00' }).watch(3)
  await history.append(script.events.slice(0, 3))
  await history.append(other.events)
  await history.append(script.events.slice(3))

  const timeline = await history.analytics.timeline({ sessionId: script.id })
  assert.is(timeline.detail, 'events')
  assert.is(timeline.nextCursor, null)
  assert.equal(
    timeline.items.map((item) => [item.kind === 'sample' ? 'sample' : item.type, minuteOf(script, item.atMs)]),
    [
      ['session.started', 0],
      ['sample', 0],
      ['subtitle.shown', 0.5],
      ['card.mined', 0.75],
      ['sample', 20],
      ['session.ended', 21],
    ],
  )
  const [, sample, line, card] = timeline.items
  assert.equal(sample, {
    kind: 'sample',
    atMs: script.startedAtMs,
    coversMs: 60_000,
    measures: { ...line?.measures, lines: 0, chars: 0, words: 0, watchedMs: 60_000, activeMs: 60_000 },
    positionMs: 1_234,
  })
  assert.equal(line?.kind === 'marker' && line.payload, { text: '走れメロス' })
  assert.is(line?.measures.chars, 5)
  // Written by an older version, which knew one note a card.
  assert.equal(card?.kind === 'marker' && card.payload, { noteIds: [42] })
  assert.equal(quartersOf(timeline, script), [
    [0, 60_000, 5],
    [15, 60_000, 0],
  ])
  const first = await history.analytics.timeline({ sessionId: script.id, limit: 4 })
  assert.is(first.items.length, 4)
  const rest = await history.analytics.timeline({ sessionId: script.id, limit: 4, cursor: first.nextCursor ?? '' })
  assert.is(rest.items.length, 2)
  assert.is(rest.detail, 'events')
  assert.is(rest.quarters.length, 2)
})

onEachLog(test, 'a timeline says which detail is gone, and its quarter hours stay complete', NOW, async (history) => {
  const script = timelineScript()
  const [started] = script.events
  assert.ok(started)
  await history.append(script.events)
  // What retention leaves: the streams' row says what was counted and what is held. Here the log of another session that
  // holds its start alone, and one that holds its start and a heartbeat.
  const [stream] = await history.log.read(PROFILE, (snapshot) => snapshot.streams({ streamIds: [script.id] }))
  assert.ok(stream)
  const facts = session({ start: '2026-03-09T20:00+09:00' })
  const mixed = session({ start: '2026-03-08T20:00+09:00' }).watch(1)
  await history.append([...facts.events, ...mixed.events])
  await history.log.update(PROFILE, async (snapshot) => {
    const head = await snapshot.head()
    const streams = await snapshot.streams({ streamIds: [facts.id, mixed.id] })
    const counted = streams.map((stream) => ({ ...stream, coverage: '1-40', revision: head.revision + 1 }))
    const writes = { events: [], ledger: [], rows: [], videos: [], streams: counted }
    return { writes: { ...writes, head: { ...head, revision: head.revision + 1 } }, answer: null }
  })
  const gone = await history.analytics.timeline({ sessionId: facts.id })
  assert.is(gone.detail, 'quarters')
  assert.is(gone.items.length, 1)
  assert.is(gone.quarters.length, 1)
  const some = await history.analytics.timeline({ sessionId: mixed.id, limit: 1 })
  assert.is(some.detail, 'mixed')
  assert.is((await history.analytics.timeline({ sessionId: mixed.id, cursor: some.nextCursor ?? '' })).detail, 'mixed')
  const { eventsHeld, eventsRecorded } = await history.analytics.session(facts.id)
  assert.is(eventsHeld, 1)
  assert.is(eventsRecorded, 40)
})

onEachLog(test, 'a read model that is behind the head is not answered from', NOW, async (history) => {
  await history.append(session({ start: '2026-03-10T20:00+09:00' }).watch(1).events)
  await history.log.update(PROFILE, async (snapshot) => {
    const head = await snapshot.head()
    const projections = head.projections.filter((id) => id !== 'calendar@1')
    const nothing = { streams: [], events: [], ledger: [], rows: [], videos: [] }
    return { writes: { ...nothing, head: { ...head, revision: head.revision + 1, projections } }, answer: null }
  })
  for (const ask of [
    () => history.analytics.overview(),
    () => history.analytics.streak(),
    () => history.analytics.rows({ projection: 'calendar@1' }),
  ]) {
    try {
      await ask()
      assert.unreachable('it answered')
    } catch (error) {
      assert.instance(error, ProjectionBehind)
      assert.is((error as ProjectionBehind).projection, 'calendar@1')
    }
  }
  assert.is((await history.analytics.sessions()).sessions.length, 1)
})

function timelineScript() {
  return session({ start: '2026-03-10T20:00+09:00' })
    .add('subtitle.shown', 0.5, { lines: 1, chars: 5, words: 2 }, { text: '走れメロス' })
    .add('card.mined', 0.75, { cards: 1 }, { noteId: 42 })
    .add('telemetry.sampled', 0, { watchedMs: 60_000, activeMs: 60_000 }, { positionMs: 1_234 })
    .add('telemetry.sampled', 20, { watchedMs: 60_000, activeMs: 60_000 })
    .end(21)
}

function minuteOf({ startedAtMs }: { readonly startedAtMs: number }, atMs: number): number {
  return (atMs - startedAtMs) / MINUTE_MS
}

type Timeline = Awaited<ReturnType<OpenHistory['analytics']['timeline']>>

function quartersOf({ quarters }: Timeline, script: { readonly startedAtMs: number }): readonly (readonly number[])[] {
  return quarters.map(({ fromMs, measures }) => [minuteOf(script, fromMs), measures.activeMs, measures.chars])
}

test.run()
