// Append: what a batch adds to log, ledger and read models, what a repeated event does (nothing), and how attribution that
// comes late is resolved. On memory and SQLite.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ImmersionError } from '../../src/events/errors.js'
import type { NewEvent } from '../../src/events/types.js'
import {
  event,
  idOf,
  line,
  MINUTE_MS,
  onEachBackend,
  type Program,
  START_DAY,
  START_MS,
  started,
} from '../support/engine-logs.js'

const test = suite('append')

const A = idOf(1)
const B = idOf(2)

async function conflictOf(appending: Promise<unknown>): Promise<unknown> {
  const refusal = await appending.then(
    () => null,
    (error: unknown) => error,
  )
  return refusal instanceof ImmersionError ? { code: refusal.code, details: refusal.details } : refusal
}

async function revisionOf(program: Program): Promise<number> {
  return program.read(async (snapshot) => (await snapshot.head()).revision)
}

test('a batch is counted in the ledger and in each read model', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const answer = await program.append([
      started(A, 1, 'local:/a', 'ja'),
      line(A, 2),
      line(A, 3, START_MS + 20 * MINUTE_MS),
    ])
    assert.is(answer.appended, 3)
    assert.is(answer.present, 0)
    assert.is(answer.position, 3)
    const sums = { sessions: 1, lines: 2, chars: 20 }
    assert.equal(await program.rows('sessions'), { [`${START_MS} ${A} local:/a ja`]: sums })
    assert.equal(await program.rows('videos'), { 'local:/a ja': sums })
    assert.equal(await program.rows('daily'), { [`${START_DAY} local:/a ja`]: sums })
    assert.equal(await program.rows('monthly'), { '202603 local:/a ja': sums })
    assert.equal(await program.rows('calendar'), { [`${START_DAY} ja`]: sums })
    assert.equal(await program.rows('hours'), { '1 10 ja': sums })
    const ledger = await program.read((snapshot) => snapshot.ledger({}))
    assert.equal(
      ledger.map(({ stream, quarter, utcOffsetMin }) => [stream, quarter - START_MS / 900_000, utcOffsetMin]),
      [
        [1, 0, 0],
        [1, 1, 0],
      ],
    )
    assert.ok((await program.verify()).ok)
  })
})

test('an event that is appended again changes nothing, in a batch of its own or among new ones', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const first = [started(A, 1, 'local:/a'), line(A, 2), line(A, 3)]
    await program.append(first)
    const before = await program.everything()
    const revision = await revisionOf(program)
    const again = await program.append(first)
    assert.equal([again.appended, again.present], [0, 3])
    assert.is(await revisionOf(program), revision, 'nothing was written')
    assert.equal(await program.everything(), before)
    const mixed = await program.append([line(A, 2), line(A, 4), line(A, 4), line(A, 3)])
    assert.equal([mixed.appended, mixed.present], [1, 3])
    assert.equal(await program.rows('videos'), { 'local:/a und': { sessions: 1, lines: 3, chars: 30 } })
  })
})

test('a version that is stored with other content is refused and nothing of the batch is written', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([started(A, 1, 'local:/a'), line(A, 2)])
    const before = await program.everything()
    const conflict = await conflictOf(program.append([line(A, 3), line(A, 2, START_MS, 11)]))
    assert.equal(conflict, { code: 'VERSION_CONFLICT', details: { streamId: A, version: 2 } })
    assert.equal(await program.everything(), before)
    // And the log goes on.
    assert.is((await program.append([line(A, 3)])).appended, 1)
  })
})

test('two events of one batch under one version conflict unless they are the same', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const conflict = await conflictOf(program.append([started(A, 1, 'local:/a'), line(A, 2), line(A, 2, START_MS, 9)]))
    assert.equal(conflict, { code: 'VERSION_CONFLICT', details: { streamId: A, version: 2 } })
    assert.is((await program.append([started(A, 1, 'local:/a'), line(A, 2), line(A, 2)])).appended, 2)
    const repeated = await conflictOf(program.append([line(A, 2, START_MS, 9), line(A, 2)]))
    assert.equal(repeated, { code: 'VERSION_CONFLICT', details: { streamId: A, version: 2 } })
  })
})

test('versions may leave gaps, and one that fills a gap is new however late', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([started(A, 1, 'local:/a'), line(A, 7), line(A, 4)])
    const coverage = async () => (await program.read((snapshot) => snapshot.streams({})))[0]?.coverage
    assert.is(await coverage(), '1,4,7')
    await program.append([line(A, 5), line(A, 6)])
    assert.is(await coverage(), '1,4-7')
    const report = await program.verify()
    assert.ok(report.ok)
    assert.equal(report.missing, [{ streamId: A, versions: '2-3' }])
  })
})

test('events count nowhere until the start of their session arrives, then wholly', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([line(A, 2), line(A, 3, START_MS + MINUTE_MS)])
    await program.append([line(A, 4, START_MS + 90 * MINUTE_MS)])
    assert.equal(await program.rows('calendar'), {})
    assert.equal(await program.read((snapshot) => snapshot.videos({})), [])
    assert.ok((await program.verify()).ok)
    await program.append([started(A, 1, 'local:/a', 'ja')])
    assert.equal(await program.rows('calendar'), { [`${START_DAY} ja`]: { sessions: 1, lines: 3, chars: 30 } })
    const [video] = await program.read((snapshot) => snapshot.videos({}))
    assert.is(video?.lastSeenAtMs, START_MS + 90 * MINUTE_MS)
    assert.ok((await program.verify()).ok)
  })
})

test('a language that is found out later moves what was counted, and leaves no empty rows', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([started(A, 1, 'local:/a'), line(A, 2)])
    // The learner's clock jumped back between: what was found out later stands all the same.
    const payload = { targetLanguage: 'ko' }
    const described = event(A, 3, { type: 'session.described', atMs: START_MS - 60 * MINUTE_MS, payload })
    await program.append([described, line(A, 4)])
    for (const name of ['videos', 'calendar', 'hours', 'daily', 'monthly', 'sessions']) {
      const rows = Object.entries(await program.rows(name))
      assert.is(rows.length, 1, name)
      assert.ok(rows[0]?.[0].endsWith(' ko'), name)
      assert.equal(rows[0]?.[1], { sessions: 1, lines: 2, chars: 20 })
    }
    assert.ok((await program.verify()).ok)
  })
})

test('a second start under another video moves the session there and drops the first video', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([started(A, 1, 'local:/a'), line(A, 2), started(B, 1, 'local:/b')])
    await program.append([started(A, 3, 'local:/b', undefined, START_MS + 1)])
    assert.equal(await program.rows('videos'), { 'local:/b und': { sessions: 3, lines: 1, chars: 10 } })
    const videos = await program.read((snapshot) => snapshot.videos({}))
    assert.equal(
      videos.map(({ videoKey }) => videoKey),
      ['local:/b'],
    )
    assert.ok((await program.verify()).ok)
  })
})

test('facts of a video win field by field by time, whichever stream says them and in whatever order they arrive', async () => {
  await onEachBackend(async (backend) => {
    const say = (streamId: string, version: number, atMs: number, payload: Record<string, unknown>): NewEvent =>
      event(streamId, version, { type: 'video.described', atMs, payload })
    const program = await backend.open()
    await program.append([started(A, 1, 'local:/a'), started(B, 1, 'local:/a')])
    await program.append([say(B, 2, START_MS + 300, { title: 'Later', metadata: { studio: 'S' } })])
    await program.append([
      say(A, 2, START_MS + 200, { title: 'Early', episode: 7, metadata: { studio: 'R', cast: 3 } }),
    ])
    const [video] = await program.read((snapshot) => snapshot.videos({}))
    assert.equal(JSON.parse(video?.facts ?? ''), { title: 'Later', episode: 7, metadata: { studio: 'S', cast: 3 } })
    assert.ok((await program.verify()).ok)
  })
})

test('a heartbeat reaches to the end of what it covers', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const beat = event(A, 2, { type: 'telemetry.sampled', measures: { watchedMs: 15_000, activeMs: 14_000 } })
    await program.append([started(A, 1, 'local:/a'), beat])
    const [stream] = await program.read((snapshot) => snapshot.streams({}))
    const [video] = await program.read((snapshot) => snapshot.videos({}))
    assert.is(stream?.lastAtMs, START_MS + 15_000)
    assert.is(video?.lastSeenAtMs, START_MS + 15_000)
    assert.is(video?.firstSeenAtMs, START_MS)
  })
})

test('the same events in one batch, one by one, and backwards give the same log but for positions', async () => {
  const batches = (events: readonly NewEvent[]): readonly (readonly NewEvent[])[][] => [
    [events],
    events.map((one) => [one]),
    [...events].reverse().map((one) => [one]),
    [events.slice(9), events.slice(4), events],
  ]
  const history = [
    line(A, 2),
    started(A, 1, 'local:/a', 'ja'),
    started(B, 1, 'local:/a', 'en', START_MS + 400 * MINUTE_MS),
    event(A, 3, { type: 'video.described', atMs: START_MS + 5, payload: { title: 'A', series: 'S' } }),
    line(B, 2, START_MS + 401 * MINUTE_MS),
    event(B, 3, { type: 'session.described', atMs: START_MS + 402 * MINUTE_MS, payload: { targetLanguage: 'fr' } }),
    event(B, 4, { type: 'video.described', atMs: START_MS + 4, payload: { title: 'B', episode: 2 } }),
    event(A, 4, {
      type: 'playback.seeked',
      atMs: START_MS + 700 * MINUTE_MS,
      offsetMin: 345,
      measures: { seeksBackward: 1 },
    }),
    event(A, 5, { type: 'telemetry.sampled', measures: { watchedMs: 60_000, lines: 4 } }),
    event(A, 6, { type: 'session.ended', atMs: START_MS + 701 * MINUTE_MS, payload: { reason: 'finished' } }),
  ]
  const outcomes: unknown[] = []
  for (const split of batches(history)) {
    await onEachBackend(async (backend) => {
      const program = await backend.open()
      for (const batch of split) await program.append(batch)
      assert.equal((await program.verify()).damage, [])
      outcomes.push(await comparable(program))
    })
  }
  for (const outcome of outcomes) assert.equal(outcome, outcomes[0])
})

/** All that does not depend on the order of arrival. */
async function comparable(program: Program): Promise<unknown> {
  const { streams, ledger, ...rest } = (await program.everything()) as {
    streams: readonly { streamId: string; stream: number }[]
    ledger: readonly { stream: number; quarter: number }[]
  }
  const ids = new Map(streams.map(({ stream, streamId }) => [stream, streamId]))
  const sorted = [...streams].sort((left, right) => (left.streamId < right.streamId ? -1 : 1))
  const entries = ledger.map((entry) => JSON.stringify({ ...entry, stream: ids.get(entry.stream) })).sort()
  const free = { stream: 0, firstPosition: 0, lastPosition: 0, revision: 0 }
  return { ...rest, entries, streams: sorted.map((row) => ({ ...row, ...free })) }
}

test('an empty batch is answered and writes nothing', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const revision = await revisionOf(program)
    const answer = await program.append([])
    assert.equal([answer.appended, answer.present, answer.asOfRevision], [0, 0, revision])
    assert.is(await revisionOf(program), revision)
  })
})

test('appends that are called at once run one after the other', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    const batches = [[started(A, 1, 'local:/a')], [line(A, 2)], [line(A, 3), started(B, 1, 'local:/b')], [line(B, 2)]]
    const answers = await Promise.all(batches.map((batch) => program.append(batch)))
    assert.equal(
      answers.map(({ position }) => position),
      [1, 2, 4, 5],
    )
    assert.ok((await program.verify()).ok)
  })
})

test.run()
