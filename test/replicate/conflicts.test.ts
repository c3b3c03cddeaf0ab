// Sessions that went on in two copies of one log, so that both have the same versions with other content. What each log
// must count is worked out from lists of lines, never from what replication answered.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasCode } from '../../src/events/errors.js'
import type { NewEvent } from '../../src/events/types.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import { compareDigests, replicate } from '../../src/replicate/replicate.js'
import { Forwarder } from '../../src/spool/forward.js'
import { BACKENDS, type Backend, MEMORY, SQLITE } from '../support/backends.js'
import { event, idOf, line, started } from '../support/engine-logs.js'
import { prune } from '../support/pruned-log.js'
import { requires } from '../support/requires.js'
import { counted, DAY_MS, NOW_MS, type OpenLog, session, withLogs } from './logs.js'

const [ID, OTHER] = [idOf(1), idOf(2)]
const START_MS = NOW_MS - 10 * DAY_MS
/** Versions 1 to 20 are the same in every branch. Each branch has lines of its own length from there on. */
const SHARED = 20
const SHARED_CHARS = (SHARED - 1) * 10

/** A session that went on up to version `last`, with lines of so many characters. */
function branch(chars: number, last: number): readonly NewEvent[] {
  const events = [started(ID, 1, 'local:/a', 'ja', START_MS)]
  for (let version = 2; version < last; version++) {
    events.push(line(ID, version, START_MS + version * 1000, version <= SHARED ? 10 : chars))
  }
  const payload = { reason: 'finished' }
  return [...events, event(ID, last, { type: 'session.ended', atMs: START_MS + last * 1000, payload })]
}

interface Two {
  readonly source: OpenLog
  readonly target: OpenLog
}

/** Two logs: the source has a branch up to version 30, the target another one up to `targetLast`. Both have another session. */
function withBranches(backend: Backend, targetLast: number, work: (two: Two) => Promise<void>): Promise<void> {
  return withLogs([SQLITE, backend], async (logs) => {
    const [source, target] = logs as readonly [OpenLog, OpenLog]
    await source.engine.append(branch(3, 30))
    await source.engine.append(session(OTHER, 'local:/b', START_MS, 5))
    await target.engine.append(branch(7, targetLast))
    await work({ source, target })
  })
}

async function totals(engine: LogEngine, videoKey: string) {
  const { videos } = await engine.analyze('videos', { limit: 10 })
  const { sessions, lines, chars } = videos.find((video) => video.videoKey === videoKey)?.measures ?? {}
  return { sessions, lines, chars }
}

const conflictingIds = ({ conflicts }: { readonly conflicts: readonly { readonly streamId: string }[] }) =>
  conflicts.map(({ streamId }) => streamId)

const test = suite('conflicts')
const onEach = BACKENDS.map((backend) => [backend, requires(test, ...backend.requirements)] as const)

/** Of all versions between the start and the end, which are facts and never pruned. */
type Pruned = ((version: number) => boolean) | null

const PRUNED: readonly (readonly [name: string, source: Pruned, target: Pruned])[] = [
  ['both hold their events', null, null],
  ['the target pruned all detail', null, () => true],
  ['the source pruned all detail', () => true, null],
  ['both pruned all detail', () => true, () => true],
  ['both pruned other parts', (version) => version < 12, (version) => version > 6 && version < 20],
]

/** Where each event of one side that the other does not have can be told from those that both have. */
const SEPARABLE: typeof PRUNED = [
  ['both hold their events', null, null],
  ['the target pruned what is shared', null, (version) => version <= SHARED],
  ['the source pruned what is shared', (version) => version <= SHARED, null],
  ['both pruned what is shared', (version) => version <= SHARED, (version) => version <= SHARED],
  ['the source pruned what is its own', (version) => version > SHARED, null],
  ['the target pruned what is its own', null, (version) => version > SHARED],
]

function pruneDetail({ log }: OpenLog, pruned: Pruned, last: number): Promise<void> {
  return prune(log, 'default', ID, (version) => pruned?.(version) === true && version > 1 && version < last)
}

for (const [backend, withBackend] of onEach) {
  for (const [name, ofSource, ofTarget] of PRUNED) {
    withBackend(
      `${backend.provider}: other content is a conflict, carries nothing and hides no other stream: ${name}`,
      async () => {
        // The target has fewer versions, the same ones, and more.
        for (const targetLast of [25, 30, 40]) {
          await withBranches(backend, targetLast, async ({ source, target }) => {
            await pruneDetail(source, ofSource, 30)
            await pruneDetail(target, ofTarget, targetLast)
            const [before] = (await target.engine.listStreams({ after: 0, limit: 1 })).streams
            assert.equal(conflictingIds(await compareDigests(source.engine, target.engine)), [ID])
            const report = await replicate(source.engine, target.engine)
            assert.equal(report.conflicts, [
              {
                streamId: ID,
                source: {
                  versions: '1-30',
                  measures: { sessions: 1, lines: 28, chars: SHARED_CHARS + 9 * 3 },
                  firstAtMs: START_MS,
                  lastAtMs: START_MS + 30_000,
                },
                target: {
                  versions: `1-${targetLast}`,
                  measures: {
                    sessions: 1,
                    lines: targetLast - 2,
                    chars: SHARED_CHARS + (targetLast - 1 - SHARED) * 7,
                  },
                  firstAtMs: START_MS,
                  lastAtMs: START_MS + targetLast * 1000,
                },
              },
            ])
            assert.equal([report.equal, report.targetHasMore, report.differing, report.overlaps], [1, 0, [], []])
            const [after] = (await target.engine.listStreams({ after: 0, limit: 1 })).streams
            assert.equal(after, before)
            assert.equal((await target.engine.verify()).damage, [])
          })
        }
      },
    )
  }
}

for (const [backend, withBackend] of onEach) {
  withBackend(`${backend.provider}: the source's content is kept instead of the target's`, () =>
    withBranches(backend, 40, async ({ source, target }) => {
      const report = await replicate(source.engine, target.engine, undefined, 'source')
      assert.equal([report.conflicts, report.differing, report.equal], [[], [], 2])
      assert.equal(await counted(target.engine), await counted(source.engine))
      assert.equal((await target.engine.verify()).damage, [])
    }),
  )

  withBackend(`${backend.provider}: the target's content is kept, and the rest of the source arrives`, () =>
    withBranches(backend, 40, async ({ source, target }) => {
      const report = await replicate(source.engine, target.engine, undefined, 'target')
      assert.equal([conflictingIds(report), report.equal], [[ID], 1])
      assert.equal(await totals(target.engine, 'local:/a'), { sessions: 1, lines: 38, chars: SHARED_CHARS + 19 * 7 })
    }),
  )

  for (const [name, ofSource, ofTarget] of SEPARABLE) {
    withBackend(`${backend.provider}: both are kept as two sessions, what they share is counted once: ${name}`, () =>
      withBranches(backend, 40, async ({ source, target }) => {
        await pruneDetail(source, ofSource, 30)
        await pruneDetail(target, ofTarget, 40)
        const both = { sessions: 2, lines: 19 + 9 + 19, chars: SHARED_CHARS + 9 * 3 + 19 * 7 }
        let isRepeated = false
        for (const keep of ['both', 'both', undefined] as const) {
          const report = await replicate(source.engine, target.engine, undefined, keep)
          assert.equal([report.conflicts, report.differing, report.targetHasMore], [[], [], 1])
          assert.is(report.events > 0, !isRepeated)
          isRepeated = true
          assert.equal(await totals(target.engine, 'local:/a'), both)
        }
        const { asOfRevision } = await target.engine.listStreams({ after: 0, limit: 1 })
        await replicate(source.engine, target.engine, undefined, 'both')
        assert.is((await target.engine.listStreams({ after: 0, limit: 1 })).asOfRevision, asOfRevision)
        assert.equal((await target.engine.verify()).damage, [])
        // The other log counts its branch once until it is told to keep both too, and is then the same.
        assert.equal(conflictingIds(await replicate(target.engine, source.engine)), [ID])
        assert.equal(await totals(source.engine, 'local:/a'), { sessions: 1, lines: 28, chars: SHARED_CHARS + 27 })
        assert.equal((await replicate(target.engine, source.engine, undefined, 'both')).conflicts, [])
        assert.equal(await counted(source.engine), await counted(target.engine))
        assert.equal((await source.engine.verify()).damage, [])
      }),
    )
  }
}

for (const [backend, withBackend] of onEach) {
  withBackend(`${backend.provider}: an import of other content is refused also where its events are pruned here`, () =>
    withBranches(backend, 25, async ({ source, target }) => {
      await pruneDetail(target, () => true, 25)
      const before = await counted(target.engine)
      await assertRefused(target.engine.append(branch(3, 30)))
      await assertRefused(target.engine.append(branch(3, 25)))
      assert.equal(await counted(target.engine), before)
      assert.is((await target.engine.append(branch(7, 25))).present, 25)
      // The same of the sums of another log that pruned them.
      for (const [chars, expected] of [
        [3, [0, [ID]]],
        [7, [1, []]],
      ] as const) {
        await source.engine.clearStreams([ID])
        await source.engine.append(branch(chars, 25))
        await pruneDetail(source, () => true, 25)
        const summary = await source.engine.prunedSummary({ streamId: ID })
        if (summary === null) throw new TypeError('it was pruned')
        const { present, conflicting } = await target.engine.applySummaries([summary])
        assert.equal([present, conflicting], expected)
      }
      assert.equal(await counted(target.engine), before)
    }),
  )
}

async function assertRefused(append: Promise<unknown>): Promise<void> {
  const code = await append.then(
    () => 'nothing',
    (error) => error.code,
  )
  assert.is(code, 'VERSION_CONFLICT')
}

test('a session that goes on after both were kept is a conflict again, and is added to its copy', () =>
  withBranches(MEMORY, 40, async ({ source, target }) => {
    await replicate(source.engine, target.engine, undefined, 'both')
    await pruneDetail(source, () => true, 30)
    await pruneDetail(target, () => true, 40)
    await source.engine.append([line(ID, 31, START_MS + 31_000, 3), line(ID, 32, START_MS + 32_000, 3)])
    assert.equal(conflictingIds(await replicate(source.engine, target.engine)), [ID])
    assert.equal((await replicate(source.engine, target.engine, undefined, 'both')).conflicts, [])
    const both = { sessions: 2, lines: 19 + 11 + 19, chars: SHARED_CHARS + 11 * 3 + 19 * 7 }
    assert.equal(await totals(target.engine, 'local:/a'), both)
  }))

test('a third content of one session stays a conflict, also where it counts the same as the second', () =>
  withBranches(MEMORY, 40, async ({ source, target }) => {
    await replicate(source.engine, target.engine, undefined, 'both')
    await withLogs([MEMORY], async ([third]) => {
      if (third === undefined) throw new TypeError('there is one')
      const other = branch(3, 30).map((one) =>
        one.version === 25 ? event(ID, 25, { type: one.type, atMs: one.occurredAtMs, measures: one.measures }) : one,
      )
      await third.engine.append(other)
      for (const keep of [undefined, 'both'] as const) {
        assert.equal(conflictingIds(await replicate(third.engine, target.engine, undefined, keep)), [ID])
      }
      const both = { sessions: 2, lines: 19 + 9 + 19, chars: SHARED_CHARS + 9 * 3 + 19 * 7 }
      assert.equal(await totals(target.engine, 'local:/a'), both)
    })
  }))

test('two logs that keep both go on in two ways again: the source is kept with its copy', () =>
  withBranches(MEMORY, 40, async ({ source, target }) => {
    await replicate(source.engine, target.engine, undefined, 'both')
    await replicate(target.engine, source.engine, undefined, 'both')
    await source.engine.append([line(ID, 41, START_MS + 41_000, 5)])
    await target.engine.append([line(ID, 41, START_MS + 41_000, 6)])
    for (const keep of [undefined, 'both'] as const) {
      assert.equal(conflictingIds(await replicate(source.engine, target.engine, undefined, keep)), [ID])
    }
    assert.equal((await replicate(source.engine, target.engine, undefined, 'source')).equal, 3)
    assert.equal(await counted(target.engine), await counted(source.engine))
  }))

test('keeping both goes on where it was interrupted, and nothing of it counts until it is complete', () =>
  withBranches(MEMORY, 40, async ({ source, target }) => {
    await pruneDetail(source, (version) => version > 22 && version < 26, 30)
    const both = { sessions: 2, lines: 19 + 9 + 19, chars: SHARED_CHARS + 9 * 3 + 19 * 7 }
    const alone = await totals(target.engine, 'local:/a')
    for (let calls = 0; ; calls++) {
      let left = calls
      const dying =
        <Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>) =>
        async (...args: Args) => {
          if (left-- === 0) throw new TypeError('killed')
          return call(...args)
        }
      const { append, applySummaries } = target.engine
      const broken = { ...target.engine, append: dying(append), applySummaries: dying(applySummaries) }
      const isDone = await replicate(source.engine, broken, undefined, 'both').then(
        ({ conflicts }) => conflicts.length === 0,
        () => false,
      )
      if (isDone) break
      const now = await totals(target.engine, 'local:/a')
      assert.equal(now, now.sessions === 2 ? both : alone)
      assert.ok(calls < 10)
    }
    assert.equal(await totals(target.engine, 'local:/a'), both)
  }))

test('a spool names a stream that is in conflict with its server, and forwards every other', () =>
  withBranches(MEMORY, 25, async ({ source, target }) => {
    const forwarder = new Forwarder(source.engine, target.engine)
    for (let pass = 0; pass < 2; pass++) {
      const { refused } = await forwarder.forwardAll()
      assert.equal(
        refused.map(({ streamId }) => streamId),
        [ID],
      )
      assert.ok(hasCode(refused[0]?.error, 'VERSION_CONFLICT'))
    }
    assert.equal(forwarder.refusedStreams, [ID])
    assert.equal(await totals(target.engine, 'local:/a'), { sessions: 1, lines: 23, chars: SHARED_CHARS + 4 * 7 })
    assert.is((await totals(target.engine, 'local:/b')).lines, 5)
  }))

test('logs of which one went on with what the other has are no conflict, whatever each pruned', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat(),
      fc.nat(),
      fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      async (leftLast, rightLast, leftLost, rightLost, changed) => {
        await withLogs([MEMORY, MEMORY], async ([left, right]) => {
          if (!left || !right) throw new TypeError('there are two')
          const lines = (last: number, other?: number) =>
            Array.from({ length: last }, (_, index) =>
              index === 0
                ? started(ID, 1, 'local:/a', 'ja', START_MS)
                : line(ID, index + 1, START_MS, index + 1 === other ? 5 : 10),
            )
          await left.engine.append(lines(leftLast))
          await right.engine.append(lines(rightLast, changed))
          const isLost = (mask: number) => (version: number) => version > 1 && (mask >> version) % 2 === 1
          await prune(left.log, 'default', ID, isLost(leftLost))
          await prune(right.log, 'default', ID, isLost(rightLost))
          const { conflicts } = await compareDigests(left.engine, right.engine)
          const differs = changed !== undefined && changed > 1 && changed <= Math.min(leftLast, rightLast)
          const isHeld = changed !== undefined && !isLost(leftLost)(changed) && !isLost(rightLost)(changed)
          if (!differs) assert.equal(conflicts, [])
          // Of the same versions every difference shows, whatever was pruned.
          else if (isHeld || leftLast === rightLast) assert.equal(conflictingIds({ conflicts }), [ID])
        })
      },
    ),
    { numRuns: 300 },
  )
})

test('both kept, nothing of either is lost and what both hold is counted once, whatever each pruned', async () => {
  const lengths = fc.integer({ min: 1, max: 6 })
  const lost = fc.nat({ max: 2 ** 16 })
  await fc.assert(
    fc.asyncProperty(lengths, lengths, lengths, lost, lost, async (shared, left, right, leftLost, rightLost) => {
      await withLogs([MEMORY, MEMORY], async ([source, target]) => {
        if (!source || !target) throw new TypeError('there are two')
        const isLost = (mask: number) => (version: number) => version > 1 && (mask >> version) % 2 === 1
        const sides = [
          [source, left, 100, leftLost],
          [target, right, 10_000, rightLost],
        ] as const
        for (const [{ engine, log }, own, chars, mask] of sides) {
          const events = Array.from({ length: shared + own - 1 }, (_, index) =>
            line(ID, index + 2, START_MS, index + 1 < shared ? 1 : chars),
          )
          await engine.append([started(ID, 1, 'local:/a', 'ja', START_MS), ...events])
          await prune(log, 'default', ID, isLost(mask))
        }
        const found = (await compareDigests(source.engine, target.engine)).conflicts.length > 0
        for (let times = 0; times < 2; times++) {
          const { conflicts, differing } = await replicate(source.engine, target.engine, undefined, 'both')
          assert.equal([conflicts, differing], [[], []])
        }
        const { chars = 0, sessions } = await totals(target.engine, 'local:/a')
        assert.equal((await target.engine.verify()).damage, [])
        if (!found) return
        assert.is(sessions, 2)
        assert.is(Math.floor(chars / 100), left + right * 100)
        // Only what either has pruned may count in both.
        const pruned = Array.from({ length: shared - 1 }, (_, index) => index + 2).filter(
          (version) => isLost(leftLost)(version) || isLost(rightLost)(version),
        )
        assert.ok(chars % 100 >= shared - 1 && chars % 100 <= shared - 1 + pruned.length)
      })
    }),
    { numRuns: 200 },
  )
})

test.run()
