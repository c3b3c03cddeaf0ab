// The table of videos: append extends a row without looking at the video's other streams where it can. However starts,
// facts and lines of several sessions are mixed, the row equals the one computed from all of them, which verify does.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewEvent } from '../../src/events/types.js'
import { event, idOf, line, onEachBackend, START_MS, started } from '../support/engine-logs.js'

const test = suite('table of videos')

interface Happening {
  readonly stream: number
  readonly kind: 'started' | 'described' | 'line'
  /** Few moments, so that many fall together and many come late. */
  readonly atMs: number
  readonly video: string
  readonly field: 'title' | 'series'
}

const happening: fc.Arbitrary<Happening> = fc.record({
  stream: fc.integer({ min: 1, max: 4 }),
  kind: fc.constantFrom('started', 'described', 'described', 'line'),
  atMs: fc.integer({ min: 0, max: 12 }),
  video: fc.constantFrom('local:/a', 'local:/a', 'local:/b'),
  field: fc.constantFrom('title', 'series'),
})

const batches = fc.array(fc.array(happening, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 })

function recorded(history: readonly (readonly Happening[])[]): readonly (readonly NewEvent[])[] {
  const versions = new Map<number, number>()
  return history.map((batch) =>
    batch.map(({ stream, kind, atMs, video, field }, index) => {
      const version = (versions.get(stream) ?? 0) + 1
      versions.set(stream, version)
      const id = idOf(stream)
      const at = START_MS + atMs
      if (kind === 'started') return started(id, version, video, undefined, at)
      if (kind === 'line') return line(id, version, at)
      const payload = { [field]: `${stream}.${version}.${index}` }
      return event(id, version, { type: 'video.described', atMs: at, payload })
    }),
  )
}

/** The row that the events give, by the rule as it is written: of each field the latest, by time, stream and version. */
function expectedVideos(events: readonly NewEvent[]): readonly (readonly [string, unknown, number, number])[] {
  const order = (left: NewEvent, right: NewEvent) =>
    left.occurredAtMs - right.occurredAtMs ||
    (left.streamId < right.streamId ? -1 : left.streamId > right.streamId ? 1 : 0) ||
    left.version - right.version
  const payloadOf = ({ payload }: NewEvent) => JSON.parse(payload ?? 'null').json
  const inOrder = [...events].sort(order)
  const videoOf = new Map<string, string>()
  for (const one of inOrder) if (one.type === 'session.started') videoOf.set(one.streamId, payloadOf(one).videoKey)
  const keys = [...new Set(videoOf.values())].sort()
  return keys.map((key) => {
    const own = inOrder.filter(({ streamId }) => videoOf.get(streamId) === key)
    const facts = Object.assign({}, ...own.filter(({ type }) => type === 'video.described').map(payloadOf))
    const moments = own.map(({ occurredAtMs }) => occurredAtMs)
    return [key, facts, Math.min(...moments), Math.max(...moments)] as const
  })
}

test('a video’s row is the same as from all its sessions, whatever arrives in whatever batches', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (history) => {
      await onEachBackend(async (backend) => {
        if (backend.file !== null) return
        const program = await backend.open()
        const appended: NewEvent[] = []
        for (const batch of recorded(history)) {
          await program.append(batch)
          appended.push(...batch)
          const rows = await program.read((snapshot) => snapshot.videos({}))
          const found = rows.map((row) => [row.videoKey, JSON.parse(row.facts), row.firstSeenAtMs, row.lastSeenAtMs])
          assert.equal(found, expectedVideos(appended))
        }
        assert.equal((await program.verify()).damage, [])
      })
    }),
    { numRuns: 200 },
  )
})

test('a new session of a known video is added without reading the video’s other sessions', async () => {
  await onEachBackend(async (backend) => {
    const first = await backend.open()
    await first.append([started(idOf(1), 1, 'local:/a')])
    const title = event(idOf(1), 2, {
      type: 'video.described',
      atMs: START_MS + 1,
      payload: { title: 'A', episode: 1 },
    })
    await first.append([title, line(idOf(1), 3, START_MS + 5)])
    const corrected = event(idOf(2), 2, { type: 'video.described', atMs: START_MS + 9, payload: { title: 'B' } })
    await first.append([started(idOf(2), 1, 'local:/a', undefined, START_MS + 8), corrected])
    const [video] = await first.read((snapshot) => snapshot.videos({}))
    assert.equal(JSON.parse(video?.facts ?? ''), { title: 'B', episode: 1 })
    assert.equal([video?.firstSeenAtMs, video?.lastSeenAtMs], [START_MS, START_MS + 9])
    assert.ok((await first.verify()).ok)
  })
})

test.run()
