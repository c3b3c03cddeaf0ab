// Contract cases of appending and reading events through the engine: identity, repetition, conflict, coverage, paging,
// export and import.

import assert from 'node:assert/strict'
import { MEASURE_NAMES } from '../../events/measures.js'
import type { NewEvent } from '../../events/types.js'
import type { PrunedSummary } from '../../ports/replica-types.js'
import { numbersTo, refused } from './contract-case.js'
import {
  allRows,
  appendBoth,
  assertSound,
  type ContractEngine,
  exported,
  FIRST,
  onEngine,
  rowsOf,
  rowsUnchanged,
  SECOND,
  withChecksum,
  withEngine,
} from './engine-case.js'

/** A stream of one correction. */
const SINGLE = '019cae7c-8000-7000-8000-000000000003'

function correctionIn(streamId: string, version: number): NewEvent {
  const payload = JSON.stringify({ json: { videoKey: FIRST.videoKey, title: 'Mine' } })
  const start = FIRST.events[0] as NewEvent
  return withChecksum({ ...start, streamId, version, type: 'video.renamed', measures: {}, payload })
}

const BOTH = [...FIRST.events, ...SECOND.events]

async function positionsOf(engine: ContractEngine): Promise<readonly number[]> {
  return (await engine.events({ after: 0, limit: 1000 })).events.map(({ position }) => position)
}

/** Appends each event of both sessions alone, to all engines at the same time. Each must be recorded once. */
async function appendConcurrently(...engines: readonly ContractEngine[]): Promise<void> {
  const answers = await Promise.all(BOTH.flatMap((event) => engines.map((engine) => engine.append([event]))))
  const appended = answers.reduce((sum, answer) => sum + answer.appended, 0)
  assert.equal(appended, 20)
  for (const engine of engines) assert.deepEqual(await positionsOf(engine), numbersTo(20))
}

export const eventCases = onEngine('Event', [], {
  async 'appended events are read back as they were, with positions from 1 in order'(engine) {
    const events = FIRST.events
    const { appended, present, position, asOfRevision } = await engine.append(events)
    assert.deepEqual([appended, present, position], [15, 0, 15])
    const page = await engine.events({ after: 0, limit: 1000 })
    assert.deepEqual(
      page.events,
      events.map((event, index) => ({ ...event, position: index + 1 })),
    )
    assert.deepEqual([page.lastPosition, page.asOfRevision], [15, asOfRevision])
  },

  async 'each page of events continues after the last position, and the last page is empty'(engine) {
    await appendBoth(engine)
    const seen: number[] = []
    for (let after = 0; ; ) {
      const page = await engine.events({ after, limit: 7 })
      assert.ok(page.events.length <= 7)
      if (page.events.length === 0) {
        assert.equal(page.lastPosition, 20)
        break
      }
      seen.push(...page.events.map(({ position }) => position))
      after = page.lastPosition
    }
    assert.deepEqual(seen, numbersTo(20))
  },

  async 'a page names the events before it that retention has removed, also where none is left behind them'(engine) {
    const gapAfter = async (after: number, limit = 1000) => {
      const { events, gapBefore, lastPosition } = await engine.events({ after, limit })
      return [events.map(({ position }) => position), gapBefore, lastPosition]
    }
    await engine.append(FIRST.events)
    assert.deepEqual(await gapAfter(0), [numbersTo(15), null, 15])
    // The first run only notes that the clock is far ahead of the events.
    await engine.retain({})
    await engine.retain({})
    await engine.append(SECOND.events)
    // Of both sessions the facts stay: the start and what the video is, or the start alone, and the end.
    assert.deepEqual(await gapAfter(0, 2), [[1, 2], null, 2])
    assert.deepEqual(await gapAfter(2, 2), [[15, 16], { from: 3, through: 14 }, 16])
    assert.deepEqual(await gapAfter(7, 1), [[15], { from: 8, through: 14 }, 15])
    await engine.retain({})
    assert.deepEqual(await gapAfter(16), [[], { from: 17, through: 20 }, 20])
    assert.deepEqual(await gapAfter(20), [[], null, 20])
    assert.deepEqual(await gapAfter(25), [[], null, 25])
  },

  async 'a pruned summary at its bounds is stored as it is, and one beyond them writes nothing'(engine) {
    await engine.append(FIRST.events)
    const measures = MEASURE_NAMES.map(() => 2 ** 43)
    const summary: PrunedSummary = {
      streamId: FIRST.sessionId,
      // As many versions as there may be, and the last one that there may be.
      versions: '16-1000014,2147483647',
      // The first and the last quarter hour: the last one begins below 2^47 ms.
      ledger: [
        { quarter: 0, utcOffsetMin: -1080, measures },
        { quarter: Math.floor((2 ** 47 - 1) / 900_000), utcOffsetMin: 1080, measures },
      ],
      checksum: 2 ** 32 - 1,
      firstAtMs: 0,
      lastAtMs: 2 ** 47 + 2 ** 31,
    }
    const beyond: Partial<PrunedSummary>[] = [
      { versions: '16-1000015,2147483647' },
      { versions: '16-1000014,2147483648' },
      { versions: '2-2147483647' },
      { ledger: [{ quarter: 0, utcOffsetMin: 0, measures: measures.map(() => 2 ** 43 + 1) }] },
      { ledger: [{ quarter: 0, utcOffsetMin: 0, measures: measures.map(() => -1) }] },
      { ledger: [{ quarter: Math.ceil(2 ** 47 / 900_000), utcOffsetMin: 0, measures }] },
      { ledger: [{ quarter: 0, utcOffsetMin: 7, measures }] },
      { ledger: [...summary.ledger].reverse() },
      { checksum: 2 ** 32 },
      { firstAtMs: -1 },
      { lastAtMs: 2 ** 47 + 2 ** 31 + 1 },
      // Two quarter hours need two events.
      { versions: '16' },
    ]
    await rowsUnchanged(engine, async () => {
      for (const change of beyond)
        await refused(() => engine.applySummaries([{ ...summary, ...change }]), 'IMPORT_INVALID')
      const changed = { ...summary, summaryChecksum: 0 }
      await refused(() => engine.applySummaries([changed]), 'IMPORT_INVALID')
    })
    assert.equal((await engine.applySummaries([summary])).applied, 1)
    const { ledger, versions } = (await engine.prunedSummary({ streamId: FIRST.sessionId })) as PrunedSummary
    assert.deepEqual([ledger, versions], [summary.ledger, summary.versions])
    const [sums] = Object.values(await rowsOf(engine, 'videos@1'))
    assert.equal(sums?.chars, 2 ** 44 + 24)
    await assertSound(engine)
  },

  async 'an event appended again is a no-op, alone or in a batch with new ones'(engine) {
    const events = FIRST.events
    const first = await engine.append(events.slice(0, 9))
    await rowsUnchanged(engine, async () =>
      assert.deepEqual(await engine.append(events.slice(0, 9)), { ...first, appended: 0, present: 9 }),
    )
    const rest = await engine.append(events)
    assert.deepEqual([rest.appended, rest.present, rest.position], [6, 9, 15])
    assert.equal((await positionsOf(engine)).length, 15)
  },

  async 'other content under a stored version is refused, and its batch writes nothing'(engine) {
    const events = FIRST.events
    await engine.append(events.slice(0, 5))
    const [line, , next] = events.slice(3) as [NewEvent, NewEvent, NewEvent]
    const other = withChecksum({ ...line, measures: { ...line.measures, chars: 11 } })
    await rowsUnchanged(engine, async () => {
      const { details } = await refused(() => engine.append([next, other]), 'VERSION_CONFLICT')
      assert.deepEqual([details.streamId, details.version], [FIRST.sessionId, 4])
    })
    assert.equal((await positionsOf(engine)).length, 5)
    await engine.append(events)
    await assertSound(engine)
  },

  async 'a correction is refused unless it is the only event of its stream'(engine) {
    const { sessionId, events } = FIRST
    const renaming = correctionIn(sessionId, 20)
    const single = correctionIn(SINGLE, 1)
    const refusesAll = async (...batches: readonly (readonly NewEvent[])[]) => {
      for (const batch of batches) {
        const { details, hint } = await refused(() => engine.append(batch), 'IMPORT_INVALID')
        assert.equal(details.streamId, batch[0]?.streamId)
        assert.match(hint, /only event of its stream/)
      }
    }
    // In one batch, whichever comes first.
    await refusesAll([...events, renaming], [renaming, ...events], [single, correctionIn(SINGLE, 2)])
    assert.deepEqual(await positionsOf(engine), [])
    await engine.append([...events.slice(0, 5), single])
    await rowsUnchanged(engine, () => refusesAll([renaming], [correctionIn(SINGLE, 2)]))
    // Events that come after the correction, in batches of their own, a start among them.
    const late = events.map((event) => withChecksum({ ...event, streamId: SINGLE, version: event.version + 1 }))
    await refusesAll(...late.map((event) => [event]))
    const summary = { streamId: SINGLE, versions: '2-3', ledger: [], checksum: 5, firstAtMs: 5, lastAtMs: 6 }
    await refused(() => engine.applySummaries([summary]), 'IMPORT_INVALID')
    assert.equal((await engine.append([single])).present, 1)
    await engine.append(events)
    assert.deepEqual(await positionsOf(engine), numbersTo(16))
    assert.equal((await engine.analyze('videos')).videos[0]?.facts.title, 'Mine')
    await assertSound(engine)
  },

  async 'versions that arrive late fill their gaps and count once'(engine, open) {
    const events = FIRST.events
    const odd = events.filter(({ version }) => version % 2 === 1)
    const even = events.filter(({ version }) => version % 2 === 0)
    assert.equal((await engine.append(odd)).appended, 8)
    assert.equal((await engine.append([...even].reverse())).appended, 7)
    assert.equal((await engine.append(events)).appended, 0)
    await assertSound(engine)
    await withEngine(open, { log: 'in order' }, async (inOrder) => {
      await inOrder.append(events)
      assert.deepEqual(await allRows(engine), await allRows(inOrder))
    })
  },

  async 'any split into batches gives the same rows'(engine, open) {
    await appendBoth(engine)
    await withEngine(open, { log: 'one by one' }, async (slow) => {
      for (const [index, first] of FIRST.events.entries()) {
        for (const event of [SECOND.events[index], first]) if (event) await slow.append([event])
      }
      assert.deepEqual(await allRows(slow), await allRows(engine))
      assert.equal((await positionsOf(slow)).length, 20)
      await assertSound(slow)
    })
  },

  async 'events and summaries that no log records are refused, and their batch writes nothing'(engine) {
    const [start, line] = [FIRST.events[0], FIRST.events[3]] as [NewEvent, NewEvent]
    const summary = { streamId: SINGLE, versions: '1-3', ledger: [], checksum: 5, firstAtMs: 5, lastAtMs: 6 }
    const events: readonly Partial<NewEvent>[] = [
      { version: 0 },
      { version: 2 ** 40 },
      { occurredAtMs: 2 ** 47 },
      { measures: { chars: -1 } },
      { type: 'subtitle.hidden' as never },
      { payload: '{"json":{"text":5}}' },
    ]
    for (const change of events) {
      await refused(() => engine.append([start, withChecksum({ ...line, ...change })]), 'IMPORT_INVALID')
    }
    await refused(() => engine.append([start, { ...line, checksum: 1 }]), 'IMPORT_INVALID')
    for (const change of [{ versions: '0-3' }, { versions: '3-1' }, { streamId: 'x' }, { checksum: 2 ** 32 }]) {
      await refused(() => engine.applySummaries([{ ...summary, ...change }]), 'IMPORT_INVALID')
    }
    assert.deepEqual((await engine.listStreams({ after: 0, limit: 10 })).streams, [])
  },

  async 'an empty append changes nothing'(engine) {
    const first = await engine.append(FIRST.events)
    assert.deepEqual(await engine.append([]), { ...first, appended: 0, present: 0 })
  },

  async 'concurrent appends are all recorded'(engine) {
    await appendConcurrently(engine)
    await assertSound(engine)
  },

  async 'an export is ordered by stream and version, and imports into an equal log'(engine, open) {
    await engine.append([...SECOND.events].reverse())
    await engine.append(FIRST.events)
    const events = await exported(engine)
    assert.deepEqual(events, BOTH)
    await withEngine(open, { log: 'imported' }, async (imported) => {
      await imported.append(events)
      assert.deepEqual(await exported(imported), events)
      assert.deepEqual(await allRows(imported), await allRows(engine))
    })
  },
})

export const sharedLogCases = onEngine('Event', ['second-opening'], {
  async 'two programs append to one log: positions stay consecutive, every event counts once'(engine, open) {
    await withEngine(open, {}, async (other) => {
      await appendConcurrently(engine, other)
      assert.equal((await rowsOf(engine, 'videos@1'))['local:/b.mkv en']?.lines, 2)
      await assertSound(other)
    })
  },
})
