// The shape of a contract case of the engine, and the small history that most of these cases record: two sessions whose sums
// were worked out by hand. The cases run against every adapter, in process and through the worker.

import assert from 'node:assert/strict'
import { checksumOf } from '../../events/checksum.js'
import { MEASURE_NAMES, type Measures, type SparseMeasures } from '../../events/measures.js'
import type { EventType, NewEvent } from '../../events/types.js'
import type { LogEngine } from '../../ports/log-engine.js'
import type { Capability, ContractPart } from './contract-case.js'

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

export interface EngineCase {
  readonly part: ContractPart
  readonly name: string
  /** The capabilities for the run in this process. A case that needs any also needs `threads` through the worker. */
  readonly needs: readonly Capability[]
  readonly run: (open: OpenEngine) => Promise<void>
}

/** Makes cases of one part, each on one open engine. All of them need these capabilities. */
export function onEngine(part: ContractPart, ...needs: readonly Capability[]) {
  return (name: string, work: (engine: ContractEngine, open: OpenEngine) => Promise<void>): EngineCase => ({
    part,
    name,
    needs,
    run: (open) => withEngine(open, {}, (engine) => work(engine, open)),
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

/** Monday 2026-03-02, 10:00 UTC; 19:00 for the learner in Tokyo. */
export const FIRST_MS = Date.UTC(2026, 2, 2, 10)
/** Days from 1970-01-01 to 2026-03-02: 56 years of 365 days, 14 leap days, January and February, one day. */
export const FIRST_DAY = 56 * 365 + 14 + 31 + 28 + 1
const TOKYO_MIN = 540

export const FIRST_ID = '019cae7c-8000-7000-8000-000000000001'
export const SECOND_ID = '019cb000-0000-7000-8000-000000000002'
export const FIRST_VIDEO = 'local:/夜😀.mkv'
export const SECOND_VIDEO = 'local:/b.mkv'

interface Content {
  readonly afterMs?: number
  readonly measures?: SparseMeasures
  readonly payload?: Readonly<Record<string, unknown>>
}

function eventsOf(streamId: string, startMs: number, contents: readonly (readonly [EventType, Content])[]): NewEvent[] {
  return contents.map(([type, { afterMs = 0, measures = {}, payload }], index) => {
    const content = {
      streamId,
      version: index + 1,
      type,
      payloadVersion: 1,
      occurredAtMs: startMs + afterMs,
      utcOffsetMin: TOKYO_MIN,
      measures,
      payload: payload === undefined ? null : JSON.stringify({ json: payload }),
    }
    return { ...content, checksum: checksumOf(content) }
  })
}

/** Fifteen versions: half a minute with a file open, 20 s of it active, 10 s paused. */
export function firstSession(): NewEvent[] {
  return eventsOf(FIRST_ID, FIRST_MS, [
    ['session.started', { measures: { sessions: 1 }, payload: { videoKey: FIRST_VIDEO, targetLanguage: 'ja' } }],
    ['video.described', { payload: { title: 'Night', series: 'Days', episode: 2, durationMs: 1_440_000 } }],
    ['telemetry.sampled', { measures: { watchedMs: 15_000, activeMs: 15_000 }, payload: { positionMs: 0 } }],
    ['subtitle.shown', { afterMs: 2_000, measures: { lines: 1, chars: 10, words: 4 }, payload: { text: '夜は短し' } }],
    ['subtitle.shown', { afterMs: 6_000, measures: { lines: 1, chars: 14, words: 6, tokens: 7 } }],
    ['lookup.performed', { afterMs: 8_000, measures: { lookups: 1, lookupHits: 1 }, payload: { term: '短し' } }],
    ['lookup.performed', { afterMs: 9_000, measures: { lookups: 1 } }],
    ['card.mined', { afterMs: 12_000, measures: { cards: 1 }, payload: { noteIds: [1_700_000_000_000] } }],
    ['telemetry.sampled', { afterMs: 15_000, measures: { watchedMs: 15_000, activeMs: 5_000, pausedMs: 10_000 } }],
    ['playback.paused', { afterMs: 16_000, measures: { pauses: 1 } }],
    ['playback.resumed', { afterMs: 26_000 }],
    ['playback.seeked', { afterMs: 27_000, measures: { seeksBackward: 1 }, payload: { fromMs: 20_000, toMs: 5_000 } }],
    ['playback.buffered', { afterMs: 28_000, measures: { buffers: 1 } }],
    ['x.page.turned', { afterMs: 29_000, payload: { page: 7 } }],
    ['session.ended', { afterMs: 30_000, payload: { reason: 'finished' } }],
  ])
}

export const FIRST_SUMS = measures({
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
})

/** Begins at 03:45 of the learner's clock, still Monday's local day, and goes on past 04:00, when Tuesday's begins. */
export const SECOND_MS = Date.UTC(2026, 2, 2, 18, 45)

export function secondSession(): NewEvent[] {
  return eventsOf(SECOND_ID, SECOND_MS, [
    ['session.started', { measures: { sessions: 1 }, payload: { videoKey: SECOND_VIDEO, targetLanguage: 'en' } }],
    ['telemetry.sampled', { measures: { watchedMs: 15_000, activeMs: 15_000 } }],
    ['subtitle.shown', { afterMs: 60_000, measures: { lines: 1, chars: 20, words: 5 } }],
    ['telemetry.sampled', { afterMs: 1_800_000, measures: { watchedMs: 60_000, activeMs: 60_000 } }],
    ['subtitle.shown', { afterMs: 1_800_000, measures: { lines: 1, chars: 30, words: 7 } }],
  ])
}

/** The sums before 04:00, and those after. */
export const SECOND_SUMS_MONDAY = measures({
  sessions: 1,
  watchedMs: 15_000,
  activeMs: 15_000,
  lines: 1,
  chars: 20,
  words: 5,
})
export const SECOND_SUMS_TUESDAY = measures({ watchedMs: 60_000, activeMs: 60_000, lines: 1, chars: 30, words: 7 })
export const SECOND_SUMS = measures({
  sessions: 1,
  watchedMs: 75_000,
  activeMs: 75_000,
  lines: 2,
  chars: 50,
  words: 12,
})

export function measures(some: SparseMeasures): Measures {
  return Object.fromEntries(MEASURE_NAMES.map((name) => [name, some[name] ?? 0])) as unknown as Measures
}

export async function appendBoth(engine: ContractEngine): Promise<void> {
  await engine.append(firstSession())
  await engine.append(secondSession())
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
