// A tracker on a clock that tests move by hand, with everything it recorded. `pass` is ordinary time; the other ways in
// which time goes by (a machine that sleeps, an event loop that stalls, a wall clock that is put right) have names too.

import type { Clock } from '../../src/events/clock.js'
import { BACKEND_DEFAULTS } from '../../src/events/defaults.js'
import type { ImmersionError } from '../../src/events/errors.js'
import type { MeasureName } from '../../src/events/measures.js'
import type { TrackingEvent } from '../../src/events/types.js'
import type { AdmissionAnswer, SessionStart } from '../../src/ports/tracker-types.js'
import { StoreTracker } from '../../src/tracker/tracker.js'

/** 2026-03-10T10:00:05Z, 895 s before a quarter hour ends. */
export const START_MS = Date.UTC(2026, 2, 10, 10, 0, 5)
export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

export interface HandClock extends Clock {
  /** Ordinary time; timers fire when they are due. */
  pass(ms: number): void
  /** The event loop is busy: timers that were due fire once, at the end. */
  stall(ms: number): void
  /** The machine sleeps and its monotonic clock stands still meanwhile, as on Linux. */
  suspend(ms: number): void
  /** Someone sets the wall clock. */
  jumpWall(ms: number): void
  setOffset(offset: (epochMs: number) => number): void
  readonly timerCount: number
  readonly ticks: number
}

export function createHandClock(startMs = START_MS): HandClock {
  let wallMs = startMs
  let monotonicMs = 1_000_000.25
  let offset: (epochMs: number) => number = () => 0
  let ticks = 0
  const timers = new Map<object, { readonly intervalMs: number; readonly callback: () => void; dueMs: number }>()

  function pass(ms: number): void {
    const endMs = monotonicMs + ms
    for (;;) {
      const next = [...timers.values()].filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      wallMs += next.dueMs - monotonicMs
      monotonicMs = next.dueMs
      next.dueMs += next.intervalMs
      ticks++
      next.callback()
    }
    wallMs += endMs - monotonicMs
    monotonicMs = endMs
  }

  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    utcOffsetMin: (epochMs) => offset(epochMs),
    every(intervalMs, callback) {
      const timer = {}
      timers.set(timer, { intervalMs, callback, dueMs: monotonicMs + intervalMs })
      return () => timers.delete(timer)
    },
    pass,
    stall(ms) {
      wallMs += ms
      monotonicMs += ms
      for (const timer of timers.values()) if (timer.dueMs < monotonicMs) timer.dueMs = monotonicMs
      pass(0)
    },
    suspend(ms) {
      wallMs += ms
    },
    jumpWall(ms) {
      wallMs += ms
    },
    setOffset(next) {
      offset = next
    },
    get timerCount() {
      return timers.size
    },
    get ticks() {
      return ticks
    },
  }
}

export function createWatchedPlayer(
  options: { readonly answer?: (event: TrackingEvent) => AdmissionAnswer; readonly clock?: HandClock } = {},
) {
  const clock = options.clock ?? createHandClock()
  const events: TrackingEvent[] = []
  const invalid: { call: string; error: ImmersionError }[] = []
  let sessionCount = 0
  const tracker = new StoreTracker({
    sink(event) {
      const answer = options.answer?.(event) ?? 'admitted'
      if (answer === 'admitted') events.push(event)
      return answer
    },
    clock,
    newId: () => `00000000-0000-7000-8000-${String(++sessionCount).padStart(12, '0')}`,
    limits: BACKEND_DEFAULTS,
    onInvalidCall: (call, error) => invalid.push({ call, error }),
  })
  const ofType = (type: string) => events.filter((event) => event.type === type)
  return {
    clock,
    events,
    invalid,
    tracker,
    ofType,
    types: () => events.map((event) => event.type),
    sum: (measure: MeasureName) => events.reduce((sum, event) => sum + (event.measures[measure] ?? 0), 0),
    heartbeats: () => ofType('telemetry.sampled'),
    open: (start: Partial<SessionStart> = {}) =>
      tracker.startSession({ videoKey: 'local:/videos/a.mkv', targetLanguage: 'ja', ...start }),
  }
}

export type WatchedPlayer = ReturnType<typeof createWatchedPlayer>
