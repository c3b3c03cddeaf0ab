// The shape of a contract case of the engine, and the small history that most of these cases record: two sessions whose sums
// were worked out by hand. The cases run against every adapter, in process and through the worker.

import assert from 'node:assert/strict'
import { checksumOf } from '../../events/checksum.js'
import { MEASURE_NAMES, type Measures, type SparseMeasures } from '../../events/measures.js'
import type { EventType, NewEvent } from '../../events/types.js'
import type { LogEngine } from '../../ports/log-engine.js'
import type { Capability, CaseOf, ContractPart } from './contract-case.js'

/** A LogEngine as the cases use it: the export comes in pages. */
export type ContractEngine = Omit<LogEngine, 'exportPage'>

export interface OpenEngineOptions {
  /** Another name is another log, empty at first. Default `main`. */
  readonly log?: string
  /** Default `default`. */
  readonly profile?: string
}

/** Opens an engine with the built-in projections; `dayStartsAtHour` is 4 and the learner's zone Asia/Tokyo. */
export type OpenEngine = (options?: OpenEngineOptions) => Promise<ContractEngine>

/** `needs` is for the run in this process. A case that needs any capability also needs `threads` through the worker. */
export type EngineCase = CaseOf<(open: OpenEngine) => Promise<void>>

/** Cases of one part by their names. Each works on one open engine, and needs these capabilities. */
export function onEngine(
  part: ContractPart,
  needs: readonly Capability[],
  cases: Readonly<Record<string, (engine: ContractEngine, open: OpenEngine) => Promise<void>>>,
): readonly EngineCase[] {
  return Object.entries(cases).map(([name, work]) => {
    return { part, name, needs, run: (open) => withEngine(open, {}, (engine) => work(engine, open)) }
  })
}

export async function withEngine<T>(
  open: OpenEngine,
  options: OpenEngineOptions,
  work: (engine: ContractEngine) => Promise<T>,
): Promise<T> {
  const engine = await open(options)
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}

/** What a version records, and how long after the stream's start. */
type Content = readonly [
  type: EventType,
  afterMs: number,
  measures?: SparseMeasures,
  payload?: Readonly<Record<string, unknown>>,
]

/** The events of a session, of which the first is its start. */
function sessionOf(sessionId: string, startedAtMs: number, videoKey: string, language: string, contents: Content[]) {
  const start: Content = ['session.started', 0, { sessions: 1 }, { videoKey, targetLanguage: language }]
  const events = [start, ...contents].map(([type, afterMs, measures = {}, payload], index): NewEvent => {
    const content = {
      streamId: sessionId,
      version: index + 1,
      type,
      payloadVersion: 1,
      occurredAtMs: startedAtMs + afterMs,
      utcOffsetMin: 540,
      measures,
      payload: payload === undefined ? null : JSON.stringify({ json: payload }),
    }
    return withChecksum({ ...content, checksum: 0 })
  })
  return { sessionId, startedAtMs, videoKey, events }
}

export function withChecksum(event: NewEvent): NewEvent {
  return { ...event, checksum: checksumOf(event) }
}

/** Monday 2026-03-02, 10:00 UTC; 19:00 for the learner in Tokyo. */
const FIRST_MS = Date.UTC(2026, 2, 2, 10)

/** Fifteen versions: half a minute with a file open, 20 s of it active, 10 s paused. */
export const FIRST = sessionOf('019cae7c-8000-7000-8000-000000000001', FIRST_MS, 'local:/夜😀.mkv', 'ja', [
  ['video.described', 0, {}, { title: 'Night', series: 'Days', episode: 2, durationMs: 1_440_000 }],
  ['telemetry.sampled', 0, { watchedMs: 15_000, activeMs: 15_000 }, { positionMs: 0 }],
  ['subtitle.shown', 2_000, { lines: 1, chars: 10, words: 4 }, { text: '夜は短し' }],
  ['subtitle.shown', 6_000, { lines: 1, chars: 14, words: 6, tokens: 7 }],
  ['lookup.performed', 8_000, { lookups: 1, lookupHits: 1 }, { term: '短し' }],
  ['lookup.performed', 9_000, { lookups: 1 }],
  ['card.mined', 12_000, { cards: 1 }, { noteIds: [1_700_000_000_000] }],
  ['telemetry.sampled', 15_000, { watchedMs: 15_000, activeMs: 5_000, pausedMs: 10_000 }],
  ['playback.paused', 16_000, { pauses: 1 }],
  ['playback.resumed', 26_000],
  ['playback.seeked', 27_000, { seeksBackward: 1 }, { fromMs: 20_000, toMs: 5_000 }],
  ['playback.buffered', 28_000, { buffers: 1 }],
  ['x.page.turned', 29_000, {}, { page: 7 }],
  ['session.ended', 30_000, {}, { reason: 'finished' }],
])

/** Begins at 03:45 of the learner's clock, still Monday's local day, and goes on past 04:00, when Tuesday's begins. */
const SECOND_MS = Date.UTC(2026, 2, 2, 18, 45)

export const SECOND = sessionOf('019cb000-0000-7000-8000-000000000002', SECOND_MS, 'local:/b.mkv', 'en', [
  ['telemetry.sampled', 0, { watchedMs: 15_000, activeMs: 15_000 }],
  ['subtitle.shown', 60_000, { lines: 1, chars: 20, words: 5 }],
  ['telemetry.sampled', 1_800_000, { watchedMs: 60_000, activeMs: 60_000 }],
  ['subtitle.shown', 1_800_000, { lines: 1, chars: 30, words: 7 }],
])

/** Days from 1970-01-01 to 2026-03-02: 56 years of 365 days, 14 leap days, January and February, one day. */
export const MONDAY = 56 * 365 + 14 + 31 + 28 + 1
export const TUESDAY = MONDAY + 1

/** Worked out by hand. `monday` and `tuesday` are the sums of the second session before 04:00 and after. */
export const SUMS = {
  none: measures({}),
  first: measures({
    sessions: 1,
    watchedMs: 30_000,
    activeMs: 20_000,
    pausedMs: 10_000,
    lines: 2,
    chars: 24,
    words: 10,
    tokens: 7,
    cards: 1,
    lookups: 2,
    lookupHits: 1,
    pauses: 1,
    seeksBackward: 1,
    buffers: 1,
  }),
  second: measures({ sessions: 1, watchedMs: 75_000, activeMs: 75_000, lines: 2, chars: 50, words: 12 }),
  monday: measures({ sessions: 1, watchedMs: 15_000, activeMs: 15_000, lines: 1, chars: 20, words: 5 }),
  tuesday: measures({ watchedMs: 60_000, activeMs: 60_000, lines: 1, chars: 30, words: 7 }),
}

function measures(some: SparseMeasures): Measures {
  return { ...(Object.fromEntries(MEASURE_NAMES.map((name) => [name, 0])) as unknown as Measures), ...some }
}

export async function appendBoth(engine: ContractEngine): Promise<void> {
  await engine.append(FIRST.events)
  await engine.append(SECOND.events)
}

/** The measures of a read model's rows, by the values of their keys joined by spaces. */
export async function rowsOf(engine: ContractEngine, projection: string): Promise<Record<string, Measures>> {
  const { rows } = await engine.analyze('rows', { projection })
  return Object.fromEntries(rows.map((row) => [Object.values(row.key).join(' '), row.measures]))
}

const READ_MODELS = ['sessions@1', 'videos@1', 'daily@1', 'monthly@1', 'calendar@1', 'hours@1']

/** All rows of all read models, to compare two logs or two moments. */
export async function allRows(engine: ContractEngine): Promise<unknown> {
  return Object.fromEntries(await Promise.all(READ_MODELS.map(async (name) => [name, await rowsOf(engine, name)])))
}

/** Fails where `work` changes a row of a read model. */
export async function rowsUnchanged(engine: ContractEngine, work: () => Promise<unknown>): Promise<void> {
  const before = await allRows(engine)
  await work()
  assert.deepEqual(await allRows(engine), before)
}

export async function exported(engine: ContractEngine): Promise<NewEvent[]> {
  const all: NewEvent[] = []
  for await (const page of engine.exportPages()) all.push(...page)
  return all
}

/** `verify` must find no damage, and a rebuild must change nothing. */
export async function assertSound(engine: ContractEngine): Promise<void> {
  const report = await engine.verify()
  assert.deepEqual(report.damage, [])
  assert.equal(report.damageCount, 0)
  const { changed, videosCorrected } = await engine.rebuild({})
  for (const [projection, changes] of Object.entries(changed)) {
    assert.deepEqual(changes, { added: 0, removed: 0, corrected: 0 }, projection)
  }
  assert.equal(videosCorrected, 0)
}
