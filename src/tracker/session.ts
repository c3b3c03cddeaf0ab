// One open session: turns the calls of a player into events. States: recording, or not (ended, or refused at its start),
// in which every call does nothing. Each call that the learner makes is a sign: time is counted up to it first, then it
// allows more. Lines and positions are no signs in playback, since they come without anybody there; in reading they are
// all there is. Called by tracker.ts, which guards every call, owns the timer and hands in the clocks.

import type { EndReason, EventPayloads, SessionFacts, TrackingEvent, VideoFacts } from '../events/types.js'
import type { AdmissionAnswer, TrackedSession } from '../ports/tracker-types.js'
import {
  checkEndReason,
  checkLine,
  checkNoteIds,
  checkObject,
  checkOpenType,
  checkOptionalCount,
  checkOptionalFlag,
  checkOptionalText,
  checkSpeed,
  checkWaiting,
  optionalMs,
  sessionFacts,
  videoFacts,
  wholeMs,
} from './call-checks.js'
import { createLineRepeats } from './line-repeats.js'
import { READING_SILENT_AFTER_MS, readingAllowanceMs } from './reading-allowance.js'
import { createSeekFinder } from './seek-finder.js'
import {
  createSessionEvents,
  NOTHING,
  ONE_BUFFER,
  ONE_PAUSE,
  ONE_SEEK_BACKWARD,
  ONE_SEEK_FORWARD,
  ONE_SESSION,
} from './session-events.js'
import { createWatchClock, type WatchLimits } from './watch-clock.js'

export interface TrackerLimits extends WatchLimits {
  /** Without a sign of the learner for this long, nothing counts. */
  readonly idleAfterMs: number
}

/** What a session needs of its tracker. */
export interface SessionContext {
  readonly limits: TrackerLimits
  /** Both in whole milliseconds. */
  readonly wallMs: () => number
  readonly monotonicMs: () => number
  readonly utcOffsetMin: (epochMs: number) => number
  readonly sink: (event: TrackingEvent) => AdmissionAnswer
  /** The session may count again: the timer has to run. */
  readonly onWake: () => void
  /** The session has ended, by the host or by itself. */
  readonly onEnd: () => void
}

export interface SessionOpening {
  readonly sessionId: string
  readonly startedAtMs: number
  readonly payload: EventPayloads['session.started']
  readonly video: VideoFacts
  readonly mode: 'playback' | 'reading'
  readonly paused: boolean
  readonly inferSeeks: boolean
}

export interface OpenSession {
  readonly calls: TrackedSession
  /** Counts up to now and sends the heartbeat; ends a text feed that fell silent. */
  tick(): void
  /** Whether a tick to come could have something to do. */
  wantsTicks(): boolean
}

export function createSession(opening: SessionOpening, context: SessionContext): OpenSession {
  const { limits, wallMs, monotonicMs, utcOffsetMin, sink } = context
  const { sessionId, startedAtMs, mode } = opening
  const events = createSessionEvents(sessionId, utcOffsetMin, sink)
  const isNewLine = createLineRepeats()
  const seeks = createSeekFinder(!opening.paused, opening.inferSeeks)
  let knownFacts: SessionFacts = opening.payload
  let knownVideo: VideoFacts = {}
  let language = opening.payload.targetLanguage ?? 'und'
  let lastLineAtMs = monotonicMs()
  let lastLineWallMs = startedAtMs

  const watch = createWatchClock({
    wallMs: startedAtMs,
    monotonicMs: lastLineAtMs,
    paused: opening.paused,
    limits,
    utcOffsetMin,
    onHeartbeat: (heartbeat) => events.heartbeat(heartbeat, seeks.expectedMs(monotonicMs())),
  })

  let recording = events.send('session.started', startedAtMs, ONE_SESSION, { ...opening.payload })
  if (recording) {
    learnVideo(opening.video, startedAtMs)
    if (mode === 'playback') watch.allowUntil(lastLineAtMs + limits.idleAfterMs)
  }

  /** The learner is there: counts up to now, then allows time until the idle limit. Answers the wall time. */
  function sign(nowMonotonicMs: number): number {
    const nowMs = wallMs()
    watch.advance(nowMs, nowMonotonicMs)
    if (mode === 'playback') allow(nowMonotonicMs + limits.idleAfterMs)
    return nowMs
  }

  function allow(untilMs: number): void {
    watch.allowUntil(untilMs)
    context.onWake()
  }

  function countSeek(fromMs: number, toMs: number, nowMonotonicMs: number): void {
    const measures = toMs > fromMs ? ONE_SEEK_FORWARD : ONE_SEEK_BACKWARD
    events.send('playback.seeked', sign(nowMonotonicMs), measures, { fromMs, toMs })
  }

  function learnVideo(video: VideoFacts, nowMs: number): void {
    const news = changed(knownVideo, video)
    if (news === null || !events.send('video.described', nowMs, NOTHING, { ...news })) return
    knownVideo = { ...knownVideo, ...news }
  }

  function finish(reason: EndReason, occurredAtMs: number): void {
    recording = false
    try {
      watch.flush()
      // A wall clock that was put back must not make a session end before it began.
      events.send('session.ended', Math.max(occurredAtMs, startedAtMs), NOTHING, { reason })
    } finally {
      context.onEnd()
    }
  }

  /** A silent text feed ends itself, also when nothing ticked meanwhile because the machine slept. */
  function endIfSilent(nowMs: number, nowMonotonicMs: number): void {
    if (mode !== 'reading') return
    const silentMs = Math.max(nowMonotonicMs - lastLineAtMs, nowMs - lastLineWallMs)
    if (silentMs >= READING_SILENT_AFTER_MS) finish('silent', watch.lastCountedMs)
  }

  function tick(): void {
    if (!recording) return
    const nowMs = wallMs()
    const nowMonotonicMs = monotonicMs()
    watch.advance(nowMs, nowMonotonicMs)
    watch.flush()
    endIfSilent(nowMs, nowMonotonicMs)
  }

  const calls: TrackedSession = {
    sessionId,
    get isOpen() {
      if (recording && mode === 'reading') tick()
      return recording
    },
    line(line) {
      if (!recording) return
      checkLine(line)
      const startMs = optionalMs('startMs', line.startMs)
      const endMs = optionalMs('endMs', line.endMs)
      // An empty text says that no line is shown now.
      if (line.text.trim() === '') return
      const nowMonotonicMs = monotonicMs()
      const nowMs = wallMs()
      if (mode === 'reading') {
        watch.advance(nowMs, nowMonotonicMs)
        endIfSilent(nowMs, nowMonotonicMs)
        if (!recording) return
      }
      if (!isNewLine(line.text, startMs, endMs, nowMonotonicMs)) return
      if (mode === 'reading') {
        lastLineAtMs = nowMonotonicMs
        lastLineWallMs = nowMs
        allow(nowMonotonicMs + readingAllowanceMs(line.chars ?? line.text.length))
      }
      events.line(line, startMs, endMs, nowMs, language)
    },
    lookup(lookup) {
      if (!recording) return
      if (lookup !== undefined) checkObject('lookup', lookup)
      checkOptionalText('term', lookup?.term)
      checkOptionalText('dictionary', lookup?.dictionary)
      checkOptionalFlag('hit', lookup?.hit)
      events.lookup(sign(monotonicMs()), lookup?.hit === true, lookup?.term, lookup?.dictionary)
    },
    card(card) {
      if (!recording) return
      if (card !== undefined) checkObject('card', card)
      checkOptionalCount('count', card?.count)
      const noteIds = card?.noteIds ?? []
      checkNoteIds(noteIds)
      const count = card?.count ?? (card?.noteIds === undefined ? 1 : noteIds.length)
      if (count === 0) return
      const payload = noteIds.length === 0 ? null : { noteIds: noteIds.slice() }
      events.send('card.mined', sign(monotonicMs()), { cards: count }, payload)
    },
    pause(positionMs) {
      if (!recording) return
      const payload = positionPayload(positionMs)
      if (watch.paused) return
      const nowMonotonicMs = monotonicMs()
      const nowMs = sign(nowMonotonicMs)
      watch.setPaused(true)
      seeks.setMoving(false, nowMonotonicMs)
      events.send('playback.paused', nowMs, ONE_PAUSE, payload)
    },
    resume(positionMs) {
      if (!recording) return
      const payload = positionPayload(positionMs)
      if (!watch.paused) return
      const nowMonotonicMs = monotonicMs()
      const nowMs = sign(nowMonotonicMs)
      watch.setPaused(false)
      seeks.setMoving(!watch.buffering, nowMonotonicMs)
      events.send('playback.resumed', nowMs, NOTHING, payload)
    },
    seek(fromMs, toMs) {
      if (!recording) return
      const from = wholeMs('fromMs', fromMs)
      const to = wholeMs('toMs', toMs)
      if (from === to) return
      const nowMonotonicMs = monotonicMs()
      if (seeks.reported(to, nowMonotonicMs)) countSeek(from, to, nowMonotonicMs)
    },
    buffering(waiting) {
      if (!recording) return
      checkWaiting(waiting)
      if (waiting === watch.buffering) return
      const nowMs = wallMs()
      const nowMonotonicMs = monotonicMs()
      watch.advance(nowMs, nowMonotonicMs)
      watch.setBuffering(waiting)
      seeks.setMoving(!waiting && !watch.paused, nowMonotonicMs)
      if (waiting) events.send('playback.buffered', nowMs, ONE_BUFFER, null)
    },
    position(positionMs, speed = 1) {
      if (!recording) return
      const toMs = wholeMs('positionMs', positionMs)
      checkSpeed(speed)
      const nowMonotonicMs = monotonicMs()
      const fromMs = seeks.position(toMs, speed, nowMonotonicMs)
      if (fromMs !== null) countSeek(Math.round(fromMs), toMs, nowMonotonicMs)
    },
    describeVideo(video) {
      if (recording) learnVideo(videoFacts(video), wallMs())
    },
    describe(facts) {
      if (!recording) return
      const news = changed(knownFacts, sessionFacts(facts))
      if (news === null || !events.send('session.described', wallMs(), NOTHING, { ...news })) return
      knownFacts = { ...knownFacts, ...news }
      language = knownFacts.targetLanguage ?? 'und'
    },
    presence() {
      if (recording) sign(monotonicMs())
    },
    record(type, payload, measures) {
      if (!recording) return
      checkOpenType(type)
      events.sendChecked(type, wallMs(), measures ?? NOTHING, payload ?? null)
    },
    end(reason = 'stopped') {
      if (!recording) return
      checkEndReason(reason)
      const nowMs = wallMs()
      watch.advance(nowMs, monotonicMs())
      finish(reason, nowMs)
    },
  }

  return {
    calls,
    tick,
    wantsTicks: () => recording && (mode === 'reading' || watch.counts(monotonicMs())),
  }
}

function positionPayload(positionMs: number | undefined): { readonly positionMs: number } | null {
  return positionMs === undefined ? null : { positionMs: wholeMs('positionMs', positionMs) }
}

/** The fields of `next` that say something else than `known`, or null where none does. */
function changed<Facts extends object>(known: Facts, next: Facts): Partial<Facts> | null {
  const news: Partial<Facts> = {}
  let some = false
  for (const name in next) {
    if (JSON.stringify(next[name]) === JSON.stringify(known[name])) continue
    news[name] = next[name]
    some = true
  }
  return some ? news : null
}
