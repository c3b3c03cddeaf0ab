// What the learner's corrections change in every read model: each kind by numbers worked out by hand, and any set of them in any
// order of arrival and any batches: the same rows, which verify and a rebuild agree with.

import * as fs from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SparseMeasures } from '../../src/events/measures.js'
import type { CorrectionType, NewEvent } from '../../src/events/types.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
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

const test = suite('corrections')

const A = idOf(1)
const B = idOf(2)
const NOON_MS = START_MS + 120 * MINUTE_MS

/** The only event of a stream of its own; `after` orders it. */
function correction(
  number: number,
  type: CorrectionType,
  payload: Readonly<Record<string, unknown>>,
  measures: SparseMeasures = {},
  after = number,
): NewEvent {
  return event(idOf(1_000 + number), 1, { type, atMs: START_MS + 1_000_000 + after, measures, payload })
}

function titled(streamId: string, version: number, title: string): NewEvent {
  return event(streamId, version, { type: 'video.described', payload: { title } })
}

/** A watched local:/a in Japanese, 2 lines; B watched local:/b in German, 1 line. */
const WATCHED = [
  started(A, 1, 'local:/a', 'ja'),
  titled(A, 2, 'First'),
  line(A, 3),
  line(A, 4),
  started(B, 1, 'local:/b', 'de', NOON_MS),
  titled(B, 2, 'Second'),
  line(B, 3, NOON_MS),
]
const BOTH = {
  'local:/a ja': { sessions: 1, lines: 2, chars: 20 },
  'local:/b de': { sessions: 1, lines: 1, chars: 10 },
}

async function onWatched(run: (program: Program, file: string | null) => Promise<void>): Promise<void> {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append(WATCHED)
    await run(program, backend.file)
    await agrees(program)
  })
}

async function agrees(program: Program): Promise<void> {
  assert.equal((await program.verify()).damage, [])
  for (const fromLog of [false, true]) {
    const { changed, videosCorrected, ledgersCorrected } = await program.rebuild({ fromLog })
    const rows = Object.values(changed).map(({ added, removed, corrected }) => added + removed + corrected)
    assert.equal([...rows, videosCorrected, ledgersCorrected], [...rows.map(() => 0), 0, 0])
  }
}

async function titles(program: Program): Promise<Record<string, unknown>> {
  const videos = await program.read((snapshot) => snapshot.videos({}))
  return Object.fromEntries(videos.map(({ videoKey, facts }) => [videoKey, JSON.parse(facts)]))
}

test('a discarded session counts nowhere, its video is gone, and restored all is as before', async () => {
  await onWatched(async (program) => {
    await program.append([correction(1, 'stream.discarded', { targetStreamId: A })])
    assert.equal(await program.rows('videos'), { 'local:/b de': BOTH['local:/b de'] })
    assert.equal(Object.keys(await program.rows('sessions')), [`${NOON_MS} ${B} local:/b de`])
    assert.equal(Object.keys(await titles(program)), ['local:/b'])
    await agrees(program)
    await program.append([line(A, 5)])
    assert.equal(await program.rows('videos'), { 'local:/b de': BOTH['local:/b de'] }, 'and nothing more of it counts')
    await program.append([correction(2, 'stream.restored', { targetStreamId: A })])
    assert.equal(await program.rows('videos'), { ...BOTH, 'local:/a ja': { sessions: 1, lines: 3, chars: 30 } })
  })
})

test('of a discard and a restore the later wins, whichever arrives first', async () => {
  await onWatched(async (program) => {
    await program.append([correction(2, 'stream.restored', { targetStreamId: A })])
    await program.append([correction(1, 'stream.discarded', { targetStreamId: A })])
    assert.equal(await program.rows('videos'), BOTH)
  })
})

test('a merged video counts for the other and shows its title; the merge discarded, both are as before', async () => {
  await onWatched(async (program) => {
    const merge = correction(1, 'video.merged', { videoKey: 'local:/a', intoVideoKey: 'local:/b' })
    await program.append([merge])
    assert.equal(await program.rows('videos'), {
      'local:/b ja': BOTH['local:/a ja'],
      'local:/b de': BOTH['local:/b de'],
    })
    assert.equal(await titles(program), { 'local:/b': { title: 'Second' } })
    const [video] = await program.read((snapshot) => snapshot.videos({}))
    assert.equal([video?.firstSeenAtMs, video?.lastSeenAtMs], [START_MS, NOON_MS])
    await agrees(program)
    await program.append([line(A, 5, START_MS + MINUTE_MS), titled(A, 6, 'Third')])
    assert.equal(await titles(program), { 'local:/b': { title: 'Second' } }, 'the name of the merged key is not shown')
    await program.append([correction(2, 'stream.discarded', { targetStreamId: merge.streamId })])
    assert.equal(await program.rows('videos'), { ...BOTH, 'local:/a ja': { sessions: 1, lines: 3, chars: 30 } })
    assert.equal(await titles(program), { 'local:/a': { title: 'Third' }, 'local:/b': { title: 'Second' } })
  })
})

test('merges that form a ring show under the smallest key in it', async () => {
  await onWatched(async (program) => {
    await program.append([
      correction(1, 'video.merged', { videoKey: 'local:/a', intoVideoKey: 'local:/b' }),
      correction(2, 'video.merged', { videoKey: 'local:/b', intoVideoKey: 'local:/a' }),
    ])
    assert.equal(await titles(program), { 'local:/a': { title: 'First' } })
  })
})

test('a learner’s title beats a player’s, also one that the player says later', async () => {
  await onWatched(async (program) => {
    await program.append([correction(1, 'video.renamed', { videoKey: 'local:/a', title: 'Mine', episode: 3 })])
    await program.append([
      event(A, 5, { type: 'video.described', atMs: NOON_MS + 9_000_000, payload: { title: 'Late', series: 'S' } }),
    ])
    assert.equal((await titles(program))['local:/a'], { title: 'Mine', episode: 3, series: 'S' })
    await program.append([correction(2, 'video.renamed', { videoKey: 'local:/a', title: 'Older' }, {}, 0)])
    assert.equal((await titles(program))['local:/a'], { title: 'Mine', episode: 3, series: 'S' })
  })
})

test('an adjustment of a session adds to it, takes off, and corrects its language', async () => {
  await onWatched(async (program) => {
    const payload = { targetStreamId: A, countedAtMs: START_MS }
    await program.append([correction(1, 'session.adjusted', payload, { lines: -1, chars: -10, cards: 2 })])
    const adjusted = { sessions: 1, lines: 1, chars: 10, cards: 2 }
    assert.equal(await program.rows('videos'), { ...BOTH, 'local:/a ja': adjusted })
    assert.equal((await program.rows('sessions'))[`${START_MS} ${A} local:/a ja`], adjusted)
    await program.append([correction(2, 'session.adjusted', { ...payload, targetLanguage: 'zh' })])
    assert.equal(await program.rows('videos'), { 'local:/a zh': adjusted, 'local:/b de': BOTH['local:/b de'] })
    await program.append([correction(3, 'stream.discarded', { targetStreamId: idOf(1_001) })])
    assert.equal((await program.rows('videos'))['local:/a zh'], BOTH['local:/a ja'])
  })
})

test('an adjustment of a session that is not there yet counts from when its start arrives', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([
      correction(1, 'session.adjusted', { targetStreamId: A, countedAtMs: START_MS }, { cards: 2 }),
    ])
    assert.equal(await program.rows('videos'), {})
    await program.append([started(A, 1, 'local:/a', 'ja')])
    assert.equal(await program.rows('videos'), { 'local:/a ja': { sessions: 1, cards: 2 } })
    await agrees(program)
  })
})

test('time that no tracker saw counts for its video and day, and for no session', async () => {
  await onWatched(async (program) => {
    const payload = { videoKey: 'local:/a', date: '2026-03-05', countedAtMs: Date.UTC(2026, 2, 5, 3) }
    const added = event(idOf(1_001), 1, {
      type: 'session.adjusted',
      offsetMin: 540,
      measures: { activeMs: 60_000 },
      payload: { ...payload, targetLanguage: 'ja' },
    })
    await program.append([added])
    assert.equal((await program.rows('daily'))[`${START_DAY + 3} local:/a ja`], { activeMs: 60_000 })
    assert.is(Object.keys(await program.rows('sessions')).length, 2)
    assert.equal((await program.rows('hours'))['4 12 ja'], { activeMs: 60_000 })
  })
})

test('an erased session is gone for good: it cannot come back, and no byte of it is left in its tables', async () => {
  await onWatched(async (program, file) => {
    await program.append([correction(1, 'stream.erased', { targetStreamId: A })])
    if (file !== null) assert.equal(traces(file), [])
    assert.equal(await program.rows('videos'), { 'local:/b de': BOTH['local:/b de'] })
    await agrees(program)
    const answer = await program.append([...WATCHED, line(A, 5)])
    assert.is(answer.appended, 0)
    await program.append([correction(2, 'stream.restored', { targetStreamId: A })])
    assert.equal(await program.rows('videos'), { 'local:/b de': BOTH['local:/b de'] })
    const events = await program.read((snapshot) => snapshot.events({ after: 0, limit: 100 }))
    assert.is(events.length, 5)
    const stored = JSON.stringify([await program.everything(), events])
    assert.not(stored.includes('local:/a') || stored.includes('First'))
  })
})

test('events of a stream whose erasure arrived before it are not taken in', async () => {
  await onEachBackend(async (backend) => {
    const program = await backend.open()
    await program.append([line(A, 3), correction(1, 'stream.erased', { targetStreamId: A }), line(A, 4)])
    await program.append(WATCHED)
    assert.equal(await program.rows('videos'), { 'local:/b de': BOTH['local:/b de'] })
    await agrees(program)
  })
})

/** In the file of the log and in its -wal, while it is open. */
function traces(file: string): readonly string[] {
  return [file, `${file}-wal`].flatMap((name) => {
    const bytes = fs.readFileSync(name)
    return ['local:/a', 'First', 'line 4'].filter((text) => bytes.includes(text))
  })
}

const KEYS = ['local:/a', 'local:/b', 'local:/c']
const number = (max: number) => fc.integer({ min: 0, max })
const key = fc.constantFrom(...KEYS)
/** Three sessions and the first corrections, so that corrections of corrections, and of themselves, are among them. */
const target = number(7).map((at) => (at < 3 ? idOf(at + 1) : idOf(1_000 + at - 3)))

const act: fc.Arbitrary<readonly [CorrectionType, Record<string, unknown>, SparseMeasures]> = fc.oneof(
  fc.tuple(
    fc.constantFrom<CorrectionType>('stream.discarded', 'stream.discarded', 'stream.restored', 'stream.erased'),
    fc.record({ targetStreamId: target }),
    fc.constant({}),
  ),
  fc.tuple(
    fc.constant<CorrectionType>('session.adjusted'),
    fc.oneof(
      fc.record(
        { targetStreamId: target, countedAtMs: fc.constant(START_MS), targetLanguage: fc.constantFrom('zh', 'fr') },
        { requiredKeys: ['targetStreamId', 'countedAtMs'] },
      ),
      fc.record({ videoKey: key, date: fc.constant('2026-03-05'), countedAtMs: fc.constant(START_MS + 9_000_000) }),
    ),
    fc.record({ lines: fc.integer({ min: -2, max: 2 }), cards: number(2) }),
  ),
  fc.tuple(
    fc.constant<CorrectionType>('video.renamed'),
    fc.record({ videoKey: key, title: fc.constantFrom('x', 'y') }),
    fc.constant({}),
  ),
  fc.tuple(
    fc.constant<CorrectionType>('video.merged'),
    fc.record({ videoKey: key, intoVideoKey: key }),
    fc.constant({}),
  ),
)

const SESSIONS = KEYS.flatMap((videoKey, at) => [
  started(idOf(at + 1), 1, videoKey, 'ja', START_MS + at * MINUTE_MS),
  titled(idOf(at + 1), 2, `of ${videoKey}`),
  line(idOf(at + 1), 3, START_MS + at * MINUTE_MS),
])

const history = fc
  .array(fc.tuple(act, number(4)), { minLength: 1, maxLength: 8 })
  .map((acts) => [
    ...SESSIONS,
    ...acts.map(([[type, payload, measures], after], at) => correction(at, type, payload, measures, after)),
  ])
  .chain((events) =>
    fc.record({
      events: fc.constant(events),
      shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
      batchSize: fc.integer({ min: 1, max: 4 }),
    }),
  )

test('corrections in any order and any batches give the same rows, and verify and rebuild agree', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ events, shuffled, batchSize }) => {
      const first = await outcome(events, events.length)
      assert.equal(await outcome(shuffled, batchSize), first)
    }),
    { numRuns: 150 },
  )
})

async function outcome(events: readonly NewEvent[], batchSize: number): Promise<unknown> {
  let found: unknown
  await onEachBackend(async (backend) => {
    if (backend.file !== null) return
    const program = await backend.open()
    for (let at = 0; at < events.length; at += batchSize) await program.append(events.slice(at, at + batchSize))
    await agrees(program)
    const rows = await Promise.all(BUILT_IN_PROJECTIONS.map(({ name }) => program.rows(name)))
    const videos = await program.read((snapshot) => snapshot.videos({}))
    found = { rows, videos }
  })
  return found
}

test.run()
