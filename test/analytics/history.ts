// Histories for the tests of analytics: events written out by hand, appended the way the product appends them, on each
// log that is there. Dates are given as they stand on the learner's clock, so that expected days can be read off.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { adapter as memory } from '../../adapters/memory/adapter.js'
import { adapter as sqlite } from '../../adapters/sqlite/adapter.js'
import { createAnalytics } from '../../src/analytics/analytics.js'
import { rowTableOf } from '../../src/engine/built-in-projections.js'
import { createLogEngine } from '../../src/engine/engine.js'
import { checksumOf } from '../../src/events/checksum.js'
import type { SparseMeasures } from '../../src/events/measures.js'
import type { EventType, NewEvent, SessionFacts, VideoFacts } from '../../src/events/types.js'
import type { Analytics } from '../../src/ports/analytics-types.js'
import type { EventLog, EventLogAdapter } from '../../src/ports/event-log.js'
import { BUILT_IN_PROJECTIONS } from '../support/built-in-projections.js'

export interface OpenHistory {
  readonly log: EventLog
  readonly analytics: Analytics
  append(events: readonly NewEvent[]): Promise<void>
}

export interface HistoryOptions {
  readonly dayStartsAtHour?: number
  /** `2026-03-10T21:00+09:00`: the moment and the learner's clock of it. */
  readonly now: string
}

export const PROFILE = 'default'

const ADAPTERS: readonly (readonly [name: string, adapter: EventLogAdapter])[] = [
  ['memory', memory],
  ['sqlite', sqlite],
]

/** Registers the case once for each log. */
export function onEachLog(
  register: (name: string, run: () => Promise<void>) => void,
  name: string,
  options: HistoryOptions,
  run: (history: OpenHistory) => Promise<void>,
): void {
  for (const [provider, adapter] of ADAPTERS) {
    register(`${name} (${provider})`, () => withHistory(provider, adapter, options, run))
  }
}

async function withHistory(
  provider: string,
  adapter: EventLogAdapter,
  { dayStartsAtHour = 4, now }: HistoryOptions,
  run: (history: OpenHistory) => Promise<void>,
): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-analytics-'))
  const storage = provider === 'sqlite' ? { path: path.join(directory, 'log.db') } : {}
  const log = await adapter.openEventLog({ storage, tables: BUILT_IN_PROJECTIONS.map(rowTableOf), readOnly: false })
  try {
    const clock = { nowMs: () => moment(now).atMs, utcOffsetMin: () => moment(now).utcOffsetMin }
    const shared = { log, profile: PROFILE, projections: BUILT_IN_PROJECTIONS, clock }
    const engine = await createLogEngine({ ...shared, settings: { dayStartsAtHour } })
    const analytics = createAnalytics(shared)
    await run({
      log,
      analytics,
      append: async (events) => {
        await engine.append(events)
      },
    })
  } finally {
    await log.close()
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** `2026-03-10T20:00+09:00` as epoch milliseconds and the offset that it names. */
export function moment(text: string): { readonly atMs: number; readonly utcOffsetMin: number } {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  if (hours === undefined) throw new Error(`${text} names no offset`)
  const offset = Number(hours) * 60 + Number(minutes)
  return { atMs: Date.parse(text), utcOffsetMin: sign === '-' ? -offset : offset }
}

/** Days since 1970 of a date, by the platform and not by the calendar under test. */
export function dayOf(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000
}

let sessionCount = 0

export interface SessionScript {
  readonly id?: string
  readonly videoKey?: string
  readonly start: string
  readonly facts?: SessionFacts
  readonly video?: VideoFacts
}

/** Writes the events of one session, each with the next version. Minutes are counted from its start. */
export function session({
  id = newSessionId(),
  videoKey = 'local:/video.mkv',
  start,
  facts = {},
  video,
}: SessionScript) {
  const { atMs, utcOffsetMin } = moment(start)
  const events: NewEvent[] = []
  const add = (type: EventType, minute: number, measures: SparseMeasures = {}, payload: object | null = null) => {
    const content = {
      streamId: id,
      version: events.length + 1,
      type,
      payloadVersion: 1,
      occurredAtMs: atMs + minute * 60_000,
      utcOffsetMin,
      measures,
      payload: payload === null ? null : JSON.stringify({ json: payload }),
    }
    events.push({ ...content, checksum: checksumOf(content) })
    return script
  }
  const script = {
    id,
    startedAtMs: atMs,
    events,
    add,
    /** Active minutes, a heartbeat for each. */
    watch: (minutes: number, fromMinute = 0) => {
      for (let minute = fromMinute; minute < fromMinute + minutes; minute++) {
        add('telemetry.sampled', minute, { watchedMs: 60_000, activeMs: 60_000 })
      }
      return script
    },
    line: (minute: number, chars: number, words: number, text?: string) =>
      add('subtitle.shown', minute, { lines: 1, chars, words }, text === undefined ? null : { text }),
    lookup: (minute: number, hit: boolean) =>
      add('lookup.performed', minute, hit ? { lookups: 1, lookupHits: 1 } : { lookups: 1 }),
    card: (minute: number) => add('card.mined', minute, { cards: 1 }),
    end: (minute: number) => add('session.ended', minute, {}, { reason: 'stopped' }),
  }
  add('session.started', 0, { sessions: 1 }, { videoKey, ...facts })
  if (video !== undefined) add('video.described', 0, {}, video)
  return script
}

/** Ascending, so that ties among sessions can be decided. */
export function newSessionId(): string {
  sessionCount += 1
  return `01900000-0000-7000-8000-${String(sessionCount).padStart(12, '0')}`
}
