// Sessions: what their calls record, and in which order.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createWatchedPlayer, START_MS } from './watched-player.js'

const test = suite('sessions')

test('a session begins with its start and what is known of the video, and ends after its last heartbeat', () => {
  const player = createWatchedPlayer()
  const session = player.open({ locale: 'de', video: { title: '七人の侍', durationMs: 12_420_000.4 } })
  player.clock.pass(16_000)
  session.end('finished')
  assert.equal(player.types(), [
    'session.started',
    'video.described',
    'telemetry.sampled',
    'telemetry.sampled',
    'session.ended',
  ])
  const [started, described, , , ended] = player.events
  assert.equal(started, {
    streamId: session.sessionId,
    type: 'session.started',
    occurredAtMs: START_MS,
    utcOffsetMin: 0,
    measures: { sessions: 1 },
    payload: { videoKey: 'local:/videos/a.mkv', locale: 'de', targetLanguage: 'ja' },
  })
  assert.equal(described?.payload, { title: '七人の侍', durationMs: 12_420_000 })
  assert.equal(ended?.payload, { reason: 'finished' })
  assert.is(ended?.occurredAtMs, START_MS + 16_000)
})

test('a video of which nothing is known is not described', () => {
  const player = createWatchedPlayer()
  player.open({ video: {} })
  assert.equal(player.types(), ['session.started'])
})

test('lookups, hits and cards count, and keep what names them', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.lookup()
  session.lookup({ term: '侍', dictionary: 'JMdict', hit: true })
  session.lookup({ term: '刀', hit: false })
  session.card()
  session.card({ count: 3 })
  session.card({ noteIds: [1_700_000_000_001, 1_700_000_000_002] })
  session.card({ count: 0 })
  session.card({ noteIds: [] })
  assert.is(player.sum('lookups'), 3)
  assert.is(player.sum('lookupHits'), 1)
  assert.is(player.sum('cards'), 6)
  assert.equal(
    player.ofType('lookup.performed').map((event) => event.payload),
    [null, { term: '侍', dictionary: 'JMdict' }, { term: '刀' }],
  )
  assert.equal(player.ofType('card.mined')[2]?.payload, { noteIds: [1_700_000_000_001, 1_700_000_000_002] })
})

test('a pause that is reported twice is one, and a resume without a pause is none', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.resume()
  session.pause(5_000.2)
  session.pause(5_000)
  session.resume()
  session.resume()
  session.buffering(false)
  session.buffering(true)
  session.buffering(true)
  session.buffering(false)
  assert.is(player.sum('pauses'), 1)
  assert.is(player.sum('buffers'), 1)
  assert.equal(player.types(), ['session.started', 'playback.paused', 'playback.resumed', 'playback.buffered'])
  assert.equal(player.ofType('playback.paused')[0]?.payload, { positionMs: 5_000 })
})

test('video and session are described again only by what is new', () => {
  const player = createWatchedPlayer()
  const session = player.open({ video: { title: 'A', metadata: { tags: ['x'] } } })
  session.describeVideo({ title: 'A', metadata: { tags: ['x'] } })
  session.describeVideo({ title: 'B', series: 'S', episode: 12.5 })
  session.describeVideo({ title: 'B' })
  session.describe({ targetLanguage: 'ja' })
  session.describe({ targetLanguage: 'en', subtitleMode: 'dual' })
  session.describe({ subtitleMode: 'dual' })
  assert.equal(
    player.ofType('video.described').map((event) => event.payload),
    [
      { title: 'A', metadata: { tags: ['x'] } },
      { title: 'B', series: 'S', episode: 12.5 },
    ],
  )
  assert.equal(
    player.ofType('session.described').map((event) => event.payload),
    [{ targetLanguage: 'en', subtitleMode: 'dual' }],
  )
})

test('a description that admission had no room for is sent again when it is given again', () => {
  let room = false
  const player = createWatchedPlayer({
    answer: (event) => (event.type === 'video.described' && !room ? 'dropped' : 'admitted'),
  })
  const session = player.open({ video: { title: 'A' } })
  room = true
  session.describeVideo({ title: 'A' })
  assert.is(player.ofType('video.described').length, 1)
})

test('what a host changes afterwards in what it passed changes nothing that is recorded', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  const noteIds = [1]
  const payload = { tags: ['a'] }
  const metadata = { tags: ['a'] }
  session.card({ noteIds })
  session.record('x.game.scene', payload)
  session.describeVideo({ metadata })
  noteIds.push(2)
  payload.tags.push('b')
  metadata.tags.push('b')
  assert.equal(player.ofType('card.mined')[0]?.payload, { noteIds: [1] })
  assert.equal(player.ofType('x.game.scene')[0]?.payload, { tags: ['a'] })
  assert.equal(player.ofType('video.described')[0]?.payload, { metadata: { tags: ['a'] } })
})

test('an event of another program carries its payload and measures', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.record('x.game.scene', { chapter: 3 }, { lines: 2, chars: 40 })
  session.record('x.game.saved')
  assert.equal(player.ofType('x.game.scene')[0]?.measures, { lines: 2, chars: 40 })
  assert.is(player.ofType('x.game.saved')[0]?.payload, null)
})

test('after its end every call on a session does nothing', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  session.end()
  const before = player.events.length
  session.line({ text: 'はい' })
  session.lookup()
  session.card()
  session.pause()
  session.resume()
  session.seek(0, 10_000)
  session.buffering(true)
  session.position(1_000)
  session.describeVideo({ title: 'B' })
  session.describe({ targetLanguage: 'en' })
  session.presence()
  session.record('x.a.b')
  session.end()
  player.clock.pass(60_000)
  assert.is(player.events.length, before)
  assert.is(session.isOpen, false)
  assert.equal(player.invalid, [])
  assert.is(player.clock.timerCount, 0)
})

test('a session for which there is no room works and records nothing', () => {
  const player = createWatchedPlayer({ answer: () => 'refused' })
  const session = player.open({ video: { title: 'A' } })
  session.line({ text: 'はい' })
  session.pause()
  player.clock.pass(60_000)
  session.end()
  assert.equal(player.events, [])
  assert.equal(player.tracker.openSessions, [])
  assert.is(session.isOpen, false)
  assert.is(player.clock.timerCount, 0)
})

test('open sessions are listed until they end', () => {
  const player = createWatchedPlayer()
  const first = player.open()
  const second = player.open()
  assert.equal(player.tracker.openSessions, [first, second])
  first.end()
  assert.equal(player.tracker.openSessions, [second])
  player.tracker.endAll('closed')
  assert.equal(player.tracker.openSessions, [])
  assert.equal(
    player.ofType('session.ended').map((event) => event.payload),
    [{ reason: 'stopped' }, { reason: 'closed' }],
  )
})

test('a key that is too long is its hash, with the original beside it', () => {
  const player = createWatchedPlayer()
  const videoKey = `remote:https://example.org/${'あ'.repeat(170)}`
  player.open({ videoKey })
  const payload = player.ofType('session.started')[0]?.payload
  assert.match(String(payload?.videoKey), /^hash:[0-9a-f]{64}$/)
  assert.is(payload?.originalVideoKey, videoKey)
})

test.run()
