// The mix as a player makes it: calls of a tracker on a clock that only the player advances. Every quarter of
// a virtual minute brings three lines, one other call, and the tracker's own heartbeat.

import type { Clock } from '../src/events/clock.js'
import type { ImmersionTrackingStore } from '../src/ports/store-types.js'
import type { TrackedSession, Tracker } from '../src/ports/tracker-types.js'
import { startTimer, type Time } from './cpu-time.js'
import { MIX_UTC_OFFSET_MIN, type MixSession, mixSessions } from './mix.js'
import { cardOf, type Line, linesOf, lookupOf, type Random } from './mix-texts.js'

const BEAT_MS = 15_000
const LINE_STEP_MS = 4_000
const EVENTS_A_BEAT = 5
/** A snapshot sorts the times of appends, which would take more time than the calls if it were done for each batch. */
const BEATS_A_SNAPSHOT = 100
/** Sessions of 500 events each, of which the requested number is played. */
const MIX_EVENTS = 1_000_000
/** Longer than any machine takes; a benchmark that hangs is to say so. */
const FLUSH_TIMEOUT_MS = 600_000

export interface PlayedClock extends Clock {
  set(nowMs: number): void
  advance(ms: number): void
}

export function createPlayedClock(startMs: number): PlayedClock {
  let wallMs = startMs
  let passedMs = 0
  let ticking: { readonly everyMs: number; nextMs: number; readonly callback: () => void } | null = null
  return {
    nowMs: () => wallMs,
    monotonicMs: () => passedMs,
    utcOffsetMin: () => MIX_UTC_OFFSET_MIN,
    every(everyMs, callback) {
      ticking = { everyMs, nextMs: passedMs + everyMs, callback }
      return () => {
        ticking = null
      }
    },
    set(nowMs) {
      wallMs = nowMs
    },
    advance(ms) {
      wallMs += ms
      passedMs += ms
      while (ticking !== null && ticking.nextMs <= passedMs) {
        ticking.nextMs += ticking.everyMs
        ticking.callback()
      }
    },
  }
}

/** Whether the caller or the worker counts chars and words of a line. */
export type Counting = 'caller' | 'product'

/** Makes the calls of this many events, and yields after each beat of five. */
export function* play(tracker: Tracker, clock: PlayedClock, events: number, counting: Counting): Generator<void> {
  let left = events
  for (const mixed of mixSessions({ events: MIX_EVENTS })) {
    const beats = Math.min(Math.ceil(mixed.eventCount / EVENTS_A_BEAT), Math.ceil(left / EVENTS_A_BEAT))
    if (beats <= 0) return
    yield* playSession(tracker, clock, mixed, beats, counting)
    left -= beats * EVENTS_A_BEAT
  }
}

function* playSession(
  tracker: Tracker,
  clock: PlayedClock,
  mixed: MixSession,
  beats: number,
  counting: Counting,
): Generator<void> {
  const { videoKey, title, series, episode, language, random } = mixed
  const lines = linesOf(language)
  clock.set(mixed.startedAtMs)
  const session = tracker.startSession({
    videoKey,
    video: { title, series, episode, sourceType: 'local' },
    targetLanguage: language,
    inferSeeks: false,
  })
  let positionMs = 0
  for (let beat = 0; beat < beats; beat++) {
    for (let step = 0; step < 3; step++) {
      clock.advance(LINE_STEP_MS)
      positionMs += LINE_STEP_MS
      const line = lines[Math.floor(random() * lines.length)] as Line
      session.line(lineCall(line, positionMs, counting))
    }
    playOther(session, beat, positionMs, language, random)
    clock.advance(BEAT_MS - 3 * LINE_STEP_MS)
    positionMs += BEAT_MS - 3 * LINE_STEP_MS
    session.position(positionMs)
    yield
  }
  session.end('finished')
  yield
}

export function lineCall({ text, chars, words }: Line, startMs: number, counting: Counting) {
  const endMs = startMs + 2_000
  return counting === 'caller' ? { text, startMs, endMs, chars, words } : { text, startMs, endMs }
}

function playOther(
  session: TrackedSession,
  beat: number,
  positionMs: number,
  language: 'ja' | 'en',
  random: Random,
): void {
  const turn = beat % 10
  if (turn === 0) session.pause(positionMs)
  else if (turn === 1) session.resume(positionMs)
  else if (turn === 3) session.seek(positionMs, positionMs - 5_000)
  else if (turn === 5) session.card(cardOf(random))
  else if (turn === 7) session.seek(positionMs, positionMs + 5_000)
  else session.lookup({ hit: random() < 0.9, ...lookupOf(language, random) })
}

export interface Played extends Time {
  readonly events: number
  readonly batches: number
}

/**
 * Plays into a store as fast as it takes the events: waits whenever this many are not acknowledged. Answers the time from
 * the first call until everything is.
 */
export async function playInto(
  store: ImmersionTrackingStore,
  clock: PlayedClock,
  options: { readonly events: number; readonly counting: Counting; readonly outstandingMax: number },
): Promise<Played> {
  const before = store.diagnostics.snapshot()
  let acknowledged = before.acknowledged
  let admitted = before.admitted
  let resume: (() => void) | null = null
  const subscription = store.diagnostics.notices.subscribe((notice) => {
    if (notice.kind !== 'acknowledged') return
    acknowledged += notice.toVersion - notice.fromVersion + 1
    resume?.()
  })
  const end = startTimer()
  let beats = 0
  for (const _beat of play(store.tracker, clock, options.events, options.counting)) {
    // Short of the few facts since the last snapshot.
    admitted += EVENTS_A_BEAT
    if (++beats % BEATS_A_SNAPSHOT === 0) admitted = store.diagnostics.snapshot().admitted
    while (admitted - acknowledged >= options.outstandingMax) {
      await new Promise<void>((resolve) => {
        resume = resolve
      })
      resume = null
    }
  }
  await store.flush({ timeoutMs: FLUSH_TIMEOUT_MS })
  const time = end()
  subscription.unsubscribe()
  const after = store.diagnostics.snapshot()
  const shed = after.summarized + after.dropped
  if (shed > 0) throw new Error(`${shed} events were shed: the figure would lie`)
  return { ...time, events: after.admitted - before.admitted, batches: after.batches - before.batches }
}
