// The history that every benchmark works on: one learner's year of 500 videos and 2,000 sessions in two languages; lines
// 60 %, heartbeats 20 %, the rest lookups, pauses, seeks and cards. Deterministic by seed. More events are the same year
// with denser sessions, so that growth with the log differs from growth with the learner's life.

import { encodeEvent } from '../src/events/codec.js'
import type { NewEvent, TrackingEvent } from '../src/events/types.js'
import { cardOf, createRandom, type Line, linesOf, lookupOf, type Random } from './mix-texts.js'

export interface MixOptions {
  /** About; sessions are of equal length, and each has at least SESSION_EVENTS_MIN. */
  readonly events: number
  readonly seed?: number
}

export interface MixSession {
  readonly index: number
  readonly sessionId: string
  readonly videoKey: string
  readonly title: string
  readonly series: string
  readonly episode: number
  readonly language: 'ja' | 'en'
  readonly startedAtMs: number
  readonly eventCount: number
  readonly random: Random
}

const VIDEOS = 500
const SESSIONS = 2_000
export const MIX_DAYS = 365
const SESSIONS_A_DAY = 8
/** A start, a description, an end, and something in between. */
const SESSION_EVENTS_MIN = 10
const EPISODES = 12
/** 2025-11-01T00:00Z; the learner is at UTC+9. */
const FIRST_DAY_MS = 1_761_955_200_000
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
export const MIX_UTC_OFFSET_MIN = 540
/** Some 25 minutes, as an episode has, whatever the number of events. */
const SESSION_MS = 1_500_000
const SEED = 20_251_101

/** The last local day of the history, for queries about "today". */
export const MIX_LAST_DAY = FIRST_DAY_MS / DAY_MS + MIX_DAYS - 1
/** A moment on that day after everything. */
export const MIX_END_MS = FIRST_DAY_MS + MIX_DAYS * DAY_MS

export function* mixSessions({ events, seed = SEED }: MixOptions): Generator<MixSession> {
  const count = Math.max(1, Math.min(SESSIONS, Math.floor(events / SESSION_EVENTS_MIN)))
  const perDay = Math.ceil(count / MIX_DAYS)
  if (perDay > SESSIONS_A_DAY) throw new RangeError(`${perDay} sessions do not fit into a day of the mix`)
  for (let index = 0; index < count; index++) {
    const random = createRandom(seed + index)
    const day = Math.floor((index * MIX_DAYS) / count)
    const ofDay = index - Math.ceil((day * count) / MIX_DAYS)
    // From seven in the morning on the learner's clock, an hour and a half apart, so that no two overlap.
    const startedAtMs = FIRST_DAY_MS + day * DAY_MS + (-2 + 1.5 * ofDay) * HOUR_MS + Math.floor(random() * HOUR_MS)
    // 7,919 is prime, so that every video has its turn before the first comes again.
    const video = (index * 7_919) % VIDEOS
    const series = Math.floor(video / EPISODES)
    yield {
      index,
      sessionId: sessionIdOf(startedAtMs, random),
      videoKey: `local:/videos/Series ${series + 1}/Series ${series + 1} - ${(video % EPISODES) + 1}.mkv`,
      title: `Series ${series + 1} - ${(video % EPISODES) + 1}`,
      series: `Series ${series + 1}`,
      episode: (video % EPISODES) + 1,
      language: series % 5 === 4 ? 'en' : 'ja',
      startedAtMs,
      eventCount: Math.floor(events / count) + (index < events % count ? 1 : 0),
      random,
    }
  }
}

/** The events of one session after the other, in the order in which they happened. */
export function* mixEvents(options: MixOptions): Generator<readonly NewEvent[]> {
  for (const session of mixSessions(options)) {
    yield trackedEvents(session).map((event, index) => encodeEvent(event, index + 1).event)
  }
}

/** The same in batches of this many, across sessions; the last may be shorter. */
export function* mixBatches(options: MixOptions, batchEvents: number): Generator<readonly NewEvent[]> {
  let waiting: NewEvent[] = []
  for (const events of mixEvents(options)) {
    for (const event of events) {
      if (waiting.push(event) < batchEvents) continue
      yield waiting
      waiting = []
    }
  }
  if (waiting.length > 0) yield waiting
}

function trackedEvents(session: MixSession): readonly TrackingEvent[] {
  const { sessionId, videoKey, title, series, episode, language, startedAtMs, eventCount, random } = session
  const lines = linesOf(language)
  const stepMs = SESSION_MS / eventCount
  const events: TrackingEvent[] = []
  let countedToMs = startedAtMs

  function add(
    type: TrackingEvent['type'],
    occurredAtMs: number,
    measures: TrackingEvent['measures'],
    payload: TrackingEvent['payload'],
  ): void {
    events.push({ streamId: sessionId, type, occurredAtMs, utcOffsetMin: MIX_UTC_OFFSET_MIN, measures, payload })
  }

  add('session.started', startedAtMs, { sessions: 1 }, { videoKey, targetLanguage: language, locale: 'en' })
  add('video.described', startedAtMs, {}, { title, series, episode, sourceType: 'local', durationMs: SESSION_MS })
  for (let place = 2; place < eventCount - 1; place++) {
    const atMs = Math.floor(startedAtMs + place * stepMs)
    const positionMs = atMs - startedAtMs
    const share = random()
    if (share < 0.6) {
      const line = lines[Math.floor(random() * lines.length)] as Line
      const { text, chars, words } = line
      add('subtitle.shown', atMs, { lines: 1, chars, words }, { text, startMs: positionMs, endMs: positionMs + 2_000 })
    } else if (share < 0.8) {
      const watchedMs = atMs - countedToMs
      const activeMs = watchedMs - (share < 0.62 ? Math.floor(watchedMs / 3) : 0)
      const pausedMs = watchedMs - activeMs
      add('telemetry.sampled', countedToMs, { watchedMs, activeMs, pausedMs }, { positionMs })
      countedToMs = atMs
    } else if (share < 0.88) {
      add('lookup.performed', atMs, { lookups: 1, lookupHits: share < 0.87 ? 1 : 0 }, lookupOf(language, random))
    } else if (share < 0.94) {
      if (share < 0.91) add('playback.paused', atMs, { pauses: 1 }, { positionMs })
      else add('playback.resumed', atMs, {}, { positionMs })
    } else if (share < 0.98) {
      const measures = share < 0.96 ? { seeksBackward: 1 } : { seeksForward: 1 }
      const toMs = positionMs + (share < 0.96 ? -5_000 : 5_000)
      add('playback.seeked', atMs, measures, { fromMs: positionMs, toMs: Math.max(0, toMs) })
    } else {
      add('card.mined', atMs, { cards: 1 }, cardOf(random))
    }
  }
  if (eventCount > 2) add('session.ended', startedAtMs + SESSION_MS, {}, { reason: 'finished' })
  return events
}

/** A UUID version 7 of the start, with the generator's own random bits. */
function sessionIdOf(startedAtMs: number, random: Random): string {
  const time = startedAtMs.toString(16).padStart(12, '0')
  const bits = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${bits(3)}-8${bits(3)}-${bits(6)}${bits(6)}`
}
