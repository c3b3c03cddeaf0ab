// Changes of the playback speed: what is recorded of them, and that a session's timeline shows them.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openImmersionTrackingStore } from '../../src/store/open-store.js'
import { createWatchedPlayer, HOUR_MS, MINUTE_MS } from './watched-player.js'

const test = suite('playback speed')

test('a new speed is recorded in hundredths, and the same speed again is not', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  for (const speed of [1, 1.25, 1.25, 1.2499, 0.333, 1]) session.speed(speed)
  session.end()
  const changes = player.ofType('playback.speed-changed')
  assert.equal(
    changes.map(({ payload }) => payload),
    [{ speedX100: 125 }, { speedX100: 33 }, { speedX100: 100 }],
  )
  assert.ok(changes.every(({ measures }) => Object.keys(measures).length === 0))
})

test('a change of speed is no sign of the learner, and an ended session records none', () => {
  const player = createWatchedPlayer()
  const session = player.open()
  player.clock.pass(59 * MINUTE_MS)
  session.speed(1.5)
  player.clock.pass(2 * HOUR_MS)
  session.end()
  session.speed(2)
  assert.is(player.sum('watchedMs'), HOUR_MS)
  assert.is(player.ofType('playback.speed-changed').length, 1)
})

test('the timeline of a session shows a change of speed as a marker', async () => {
  const store = await openImmersionTrackingStore({ storage: { provider: 'memory' } })
  try {
    const session = store.tracker.startSession({ videoKey: 'local:/a.mkv' })
    session.speed(1.5)
    session.end()
    await store.flush()
    const { items } = await store.analytics.timeline({ sessionId: session.sessionId })
    const markers = items.filter((item) => item.kind === 'marker' && item.type === 'playback.speed-changed')
    assert.equal(
      markers.map((marker) => marker.kind === 'marker' && marker.payload),
      [{ speedX100: 150 }],
    )
    assert.equal((await store.maintenance.verify()).damage, [])
  } finally {
    await store.close()
  }
})

test.run()
