// Summaries between logs that counted and lost different parts of one stream. What must come out is what a log says to
// which all those events were appended; what cannot be separated follows from a rule of its own, from the parts alone.

import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { adapter } from '../../adapters/memory/adapter.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import { MEASURE_NAMES, type SparseMeasures } from '../../src/events/measures.js'
import type { NewEvent } from '../../src/events/types.js'
import type { EventLog } from '../../src/ports/event-log.js'
import type { LogEngine } from '../../src/ports/log-engine.js'
import type { PrunedSummary, SummariesApplied } from '../../src/ports/replica-types.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'
import { event, idOf, line, MINUTE_MS, START_MS, started } from '../support/engine-logs.js'
import { prune } from '../support/pruned-log.js'

const test = suite('ledger: summaries')

const ID = idOf(1)
/** A start, then lines and heartbeats over four quarter hours and two offsets. */
const EVENTS: readonly NewEvent[] = [
  started(ID, 1, 'local:/a.mkv', 'ja'),
  line(ID, 2, START_MS + MINUTE_MS, 11),
  event(ID, 3, { type: 'telemetry.sampled', atMs: START_MS + 2 * MINUTE_MS, measures: { watchedMs: 15_000 } }),
  line(ID, 4, START_MS + 16 * MINUTE_MS, 13),
  event(ID, 5, { type: 'lookup.performed', atMs: START_MS + 17 * MINUTE_MS, offsetMin: 60, measures: { lookups: 1 } }),
  line(ID, 6, START_MS - 20 * MINUTE_MS, 17),
  event(ID, 7, { type: 'telemetry.sampled', atMs: START_MS + 40 * MINUTE_MS, measures: { watchedMs: 30_000 } }),
]

/** What one log counted, and what of that it lost. The start is a fact, and never lost. */
interface Side {
  readonly counted: readonly number[]
  readonly lost: readonly number[]
}

interface Opened extends Side {
  readonly log: EventLog
  readonly profile: string
  readonly engine: LogEngine
}

let opened = 0

/** Runs `work` on one log in memory, in which each side is a profile. */
async function withSides(sides: readonly Side[], work: (...sides: Opened[]) => Promise<void>): Promise<void> {
  const storage = { name: `summaries ${++opened}` }
  const log = await adapter.openEventLog({ storage, tables: BUILT_IN_PROJECTIONS.map(rowTableOf), readOnly: false })
  try {
    const programs: Opened[] = []
    for (const [index, side] of sides.entries()) programs.push(await openSide(log, `side ${index}`, side))
    await work(...programs)
  } finally {
    await log.close()
  }
}

async function openSide(log: EventLog, profile: string, side: Side): Promise<Opened> {
  const clock = { nowMs: () => START_MS, utcOffsetMin: () => 0 }
  const settings = { dayStartsAtHour: 4 }
  const engine = await createLogEngine({ log, profile, settings, projections: BUILT_IN_PROJECTIONS, clock })
  const counted = EVENTS.filter(({ version }) => side.counted.includes(version))
  if (counted.length > 0) await engine.append(counted)
  await prune(log, profile, ID, (version) => side.lost.includes(version))
  return { ...side, log, profile, engine }
}

/** As replication does it for one stream: events that are lacking, the summary, and once more where it was too narrow. */
async function carry(from: Opened, to: Opened): Promise<SummariesApplied | null> {
  const { streams } = await to.engine.listStreams({ after: 0, limit: 10 })
  const events = await from.engine.streamEvents({ streamId: ID, versions: '1-7', limit: 10 })
  if (streams.length === 0 || events.length > 0) await to.engine.append(events)
  const summary = await from.engine.prunedSummary({ streamId: ID })
  if (summary === null) return null
  const answer = await to.engine.applySummaries([summary])
  const wanted = answer.overlapping[0]?.wanted
  if (wanted === undefined) return answer
  const wider = await from.engine.prunedSummary({ streamId: ID, including: wanted })
  return to.engine.applySummaries([wider as PrunedSummary])
}

/** All that is the same in two logs that agree, whatever they hold. */
async function countedBy({ log, profile, engine }: Opened): Promise<unknown> {
  const report = await engine.verify()
  assert.equal(report.damage, [])
  return log.read(profile, async (snapshot) => {
    const rows: Record<string, unknown> = {}
    for (const { name, version } of BUILT_IN_PROJECTIONS) {
      rows[name] = await snapshot.rows({ projection: `${name}@${version}` })
    }
    const [row] = await snapshot.streams({})
    const { coverage, countedChecksum, ledgerChecksum, firstAtMs, lastAtMs, facts } = row ?? {}
    const stream = { coverage, countedChecksum, ledgerChecksum, firstAtMs, lastAtMs, facts }
    return { rows, stream, ledger: await snapshot.ledger({}), videos: await snapshot.videos({}) }
  })
}

function union(...lists: readonly (readonly number[])[]): readonly number[] {
  return [...new Set(lists.flat())]
}

function within(part: readonly number[], all: readonly number[]): boolean {
  return part.every((version) => all.includes(version))
}

/** Each side lost a part that the other never counted, and both lost something that both counted. */
function overlap(left: Side, right: Side): boolean {
  const both = left.lost.some((version) => right.lost.includes(version))
  return both && !within(left.lost, right.counted) && !within(right.lost, left.counted)
}

/** Whether what `from` says can be taken in by `to` at all: events that are held always can. */
function after(from: Side, to: Side): readonly number[] {
  const held = from.counted.filter((version) => !from.lost.includes(version))
  return overlap(from, { counted: union(to.counted, held), lost: to.lost })
    ? union(to.counted, held)
    : union(to.counted, from.counted)
}

const someVersions = (from: number) => fc.subarray(EVENTS.map(({ version }) => version).filter((one) => one >= from))
const sides: fc.Arbitrary<Side> = fc
  .tuple(someVersions(1), someVersions(2))
  .map(([counted, lost]) => ({ counted, lost: lost.filter((version) => counted.includes(version)) }))

const sumsOf = (measures: SparseMeasures) => MEASURE_NAMES.map((name) => measures[name] ?? 0)

test('a summary of versions that the target lacks is added, rows and moments with it', async () => {
  const source = { counted: [1, 2, 3, 4, 5, 6, 7], lost: [2, 3, 6, 7] }
  await withSides([source, { counted: [], lost: [] }, { counted: source.counted, lost: [] }], async (from, to, all) => {
    const { summaryChecksum, ...content } = (await from.engine.prunedSummary({ streamId: ID })) as PrunedSummary
    assert.type(summaryChecksum, 'number')
    assert.equal(content, {
      streamId: ID,
      versions: '2-3,6-7',
      ledger: [-2, 0, 2].map((quarters, index) => ({
        quarter: START_MS / (15 * MINUTE_MS) + quarters,
        utcOffsetMin: 0,
        measures: sumsOf(
          [{ lines: 1, chars: 17 }, { watchedMs: 15_000, lines: 1, chars: 11 }, { watchedMs: 30_000 }][index] ?? {},
        ),
      })),
      checksum: [2, 3, 6, 7].reduce((sum, version) => (sum + (EVENTS[version - 1]?.checksum ?? 0)) >>> 0, 0),
      firstAtMs: START_MS - 20 * MINUTE_MS,
      lastAtMs: START_MS + 40 * MINUTE_MS + 30_000,
    })
    const answer = await carry(from, to)
    assert.equal([answer?.applied, answer?.present, answer?.overlapping], [1, 0, []])
    assert.equal(await countedBy(to), await countedBy(all))
  })
})

test('a log that lost nothing has nothing to state', async () => {
  await withSides([{ counted: [1, 2, 4], lost: [] }], async ({ engine }) => {
    assert.is(await engine.prunedSummary({ streamId: ID }), null)
    assert.is(await engine.prunedSummary({ streamId: idOf(9) }), null)
  })
})

test('a summary of what was counted already changes nothing, however often it comes', async () => {
  await withSides(
    [
      { counted: [1, 2, 3], lost: [2] },
      { counted: [1, 2, 3, 4], lost: [] },
    ],
    async (from, to) => {
      const { asOfRevision } = await to.engine.listStreams({ after: 0, limit: 1 })
      const summary = (await from.engine.prunedSummary({ streamId: ID })) as PrunedSummary
      for (let time = 0; time < 2; time++) {
        assert.equal(await to.engine.applySummaries([summary]), {
          asOfRevision,
          applied: 0,
          present: 1,
          overlapping: [],
          conflicting: [],
        })
      }
    },
  )
})

test('of versions of which the target holds some, those are counted once', async () => {
  await withSides(
    [
      { counted: [1, 2, 3, 4], lost: [2, 3, 4] },
      { counted: [1, 2, 4, 5], lost: [] },
      { counted: [1, 2, 3, 4, 5], lost: [] },
    ],
    async (from, to, all) => {
      assert.is((await carry(from, to))?.applied, 1)
      assert.equal(await countedBy(to), await countedBy(all))
    },
  )
})

test('a source that holds what the target lost as well states it too', async () => {
  await withSides(
    [
      { counted: [1, 2, 3, 4, 5], lost: [2, 3] },
      { counted: [1, 3, 5, 6], lost: [3, 5] },
      { counted: [1, 2, 3, 4, 5, 6], lost: [] },
    ],
    async (from, to, all) => {
      const summary = (await from.engine.prunedSummary({ streamId: ID })) as PrunedSummary
      const { overlapping } = await to.engine.applySummaries([summary])
      assert.equal(overlapping, [{ streamId: ID, wanted: '5', lacking: '2' }])
      assert.is((await carry(from, to))?.applied, 1)
      assert.equal(await countedBy(to), await countedBy(all))
    },
  )
})

test('where each side lost a part that the other never counted, the target keeps what it has and says so', async () => {
  await withSides(
    [
      { counted: [1, 2, 3], lost: [2, 3] },
      { counted: [1, 3, 4], lost: [3, 4] },
    ],
    async (from, to) => {
      const before = await countedBy(to)
      const answer = await carry(from, to)
      assert.equal(answer?.overlapping, [{ streamId: ID, wanted: '4', lacking: '2' }])
      assert.equal(await countedBy(to), before)
    },
  )
})

test('whatever two logs counted and lost, each takes in all that the other has, but for a true overlap', async () => {
  await fc.assert(
    fc.asyncProperty(sides, sides, async (left, right) => {
      const expected = after(left, right)
      const all = { counted: expected, lost: [] }
      await withSides([left, right, all], async (from, to, naive) => {
        const answer = await carry(from, to)
        assert.is(answer !== null && answer.overlapping.length > 0, !within(left.counted, expected))
        assert.equal(await countedBy(to), await countedBy(naive))
        const { asOfRevision } = await to.engine.listStreams({ after: 0, limit: 1 })
        await carry(from, to)
        assert.is((await to.engine.listStreams({ after: 0, limit: 1 })).asOfRevision, asOfRevision)
      })
    }),
    { numRuns: 300 },
  )
})

test('both directions, in either order, come to the same counts', async () => {
  await fc.assert(
    fc.asyncProperty(sides, sides, async (left, right) => {
      fc.pre(!overlap(left, right))
      await withSides([left, right, left, right], async (first, second, third, fourth) => {
        await carry(first, second)
        await carry(second, first)
        await carry(fourth, third)
        await carry(third, fourth)
        const counted = await countedBy(first)
        assert.equal(await countedBy(second), counted)
        assert.equal(await countedBy(third), counted)
        assert.equal(await countedBy(fourth), counted)
      })
    }),
    { numRuns: 200 },
  )
})

test('a summary of a stream that was erased is not taken in', async () => {
  const source = { counted: [1, 2, 3], lost: [2] }
  await withSides([source, { counted: [1, 2], lost: [] }], async (from, to) => {
    await to.engine.append([event(idOf(2), 1, { type: 'stream.erased', payload: { targetStreamId: ID } })])
    const before = await countedBy(to)
    assert.is((await carry(from, to))?.present, 1)
    assert.equal(await countedBy(to), before)
    assert.equal((await to.engine.listStreams({ after: 0, limit: 1 })).erased, [ID])
  })
})

test('an event that was damaged is stated, and not carried', async () => {
  await withSides(
    [
      { counted: [1, 2, 3], lost: [] },
      { counted: [], lost: [] },
      { counted: [1, 2, 3], lost: [] },
    ],
    async (from, to, all) => {
      await damage(from, 2)
      const events = await from.engine.streamEvents({ streamId: ID, versions: '1-3', limit: 10 })
      assert.equal(
        events.map(({ version }) => version),
        [1, 3],
      )
      assert.is((await carry(from, to))?.applied, 1)
      assert.equal(await countedBy(to), await countedBy(all))
    },
  )
})

/** Puts other characters in the place of an event's, behind the program's back. */
async function damage({ log, profile }: Opened, version: number): Promise<void> {
  await log.update(profile, async (snapshot) => {
    const head = await snapshot.head()
    const row = (await snapshot.events({ after: 0, limit: 10 })).find((one) => one.version === version)
    if (row === undefined) throw new TypeError('the event is not there')
    const position = head.position + 1
    const streams = (await snapshot.streams({})).map((stream) => ({ ...stream, lastPosition: position }))
    return {
      writes: {
        head: { ...head, revision: head.revision + 1, position },
        streams,
        ledger: [],
        rows: [],
        videos: [],
        events: [{ ...row, position, measure1: row.measure1 + 1 }],
        removedPositions: [[row.position, row.position]],
      },
      answer: undefined,
    }
  })
}

test.run()
