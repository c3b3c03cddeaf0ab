// One open session: turns the calls of a player into events. States: recording; ended or refused at
// its start, where tracker.ts passes no call on. A call that the learner causes is a sign: the clock counts up to it, and then
// allows more time. Lines and positions are no signs in playback, because they also occur with nobody there. In reading,
// lines are the only signs. tracker.ts guards every call, owns the timer and hands in the clock. The file is long because it has a
// method for each call.

import { check } from '../events/argument-checks.js'
import { charCountOf } from '../events/counting.js'
import type { SparseMeasures } from '../events/measures.js'
import { checkPayload, FIELD_VALUES } from '../events/payload-check.js'
import { readText } from '../events/read-text.js'
import type {
  EndReason,
  EventPayloads,
  EventType,
  OpenType,
  SessionFacts,
  TrackingEvent,
  VideoFacts,
} from '../events/types.js'
import type { AdmissionAnswer, SessionStart, SubtitleLine, TrackedSession } from '../ports/tracker-types.js'
import { checkedLine, checkedStart, checkOptional, roundedMs, sessionFacts, VALUES, videoFacts } from './call-checks.js'
import type { CheckedClock } from './checked-clock.js'
import { createLineRepeats } from './line-repeats.js'
import { SeekFinder } from './seek-finder.js'
import { NOTHING, ONE, SessionEvents } from './session-events.js'
import { WatchClock, type WatchLimits } from './watch-clock.js'

export interface TrackerLimits extends WatchLimits {
  /** Without a sign of the learner for this long, nothing counts. */
  readonly idleAfterMs: number
}

/** The part of its tracker that a session uses. */
export interface SessionContext {
  readonly limits: TrackerLimits
  readonly clock: CheckedClock
  /** Admission: synchronous, never throws, never waits. */
  readonly sink: (event: TrackingEvent) => AdmissionAnswer
  /** The session may count again: the timer has to run. */
  readonly onWake: () => void
  /** The session has ended, by the host or by itself. */
  readonly onEnd: () => void
}

/** Time to turn to the text from something else, or to think about a word. The same for every line. */
const READING_BASE_MS = 10_000

/**
 * A quarter of the pace at which natives read Japanese aloud, 357 characters a minute (IReST; Trauzettel-Klosinski, Dietz,
 * 2012, Investigative Ophthalmology & Visual Science 53:5452). Scripts with more characters to a word read faster, so
 * for them it is generous; the maximum bounds that.
 */
const READING_PER_CHAR_MS = 670

/** Nobody is known to be there for longer than this after a line. */
const READING_MAX_MS = 120_000

/** What a call says of a complete screen, and not of its new rows alone. */
const UNKNOWN_OF_ROWS = { startMs: undefined, endMs: undefined, chars: undefined, words: undefined, tokens: undefined }

/** More of a text is not looked at for its allowance: 164 characters use up READING_MAX_MS, and a paste may have a million. */
const READ_UNITS_MAX = 4_096

/** A text feed that stays silent for this long after a line has been left: its session ends. */
const READING_SILENT_AFTER_MS = 1_800_000

/** The calls of a TrackedSession. tracker.ts guards each of them, and does not compile when one is missing here. */
export const SESSION_CALLS = [
  'line',
  'lookup',
  'card',
  'pause',
  'resume',
  'seek',
  'speed',
  'buffering',
  'position',
  'describeVideo',
  'describe',
  'presence',
  'record',
  'end',
] as const satisfies readonly (keyof TrackedSession)[]

export class Session implements TrackedSession {
  readonly sessionId: string
  readonly #startedAtMs: number
  readonly #isReading: boolean
  readonly #context: SessionContext
  readonly #clock: CheckedClock
  readonly #events: SessionEvents
  readonly #watch: WatchClock
  readonly #seeks: SeekFinder
  readonly #newText = createLineRepeats()
  #knownFacts: SessionFacts
  #knownVideo: VideoFacts = {}
  #language: string
  #speedX100 = 100
  #lastLineAtMs: number
  #lastLineWallMs: number
  /** False once it has ended, and where it was refused at its start. */
  isRecording: boolean

  /** INVALID_ARGUMENT or INVALID_TEXT for arguments that are not allowed. */
  constructor(start: SessionStart, sessionId: string, startedAtMs: number, context: SessionContext) {
    const { clock, limits } = context
    const { payload, video, mode, paused, inferSeeks } = checkedStart(start)
    this.sessionId = sessionId
    this.#startedAtMs = startedAtMs
    this.#isReading = mode === 'reading'
    this.#context = context
    this.#clock = clock
    this.#events = new SessionEvents(sessionId, context)
    this.#seeks = new SeekFinder(!paused, inferSeeks)
    this.#knownFacts = payload
    this.#language = payload.targetLanguage ?? 'und'
    this.#lastLineAtMs = clock.monotonicMs()
    this.#lastLineWallMs = startedAtMs
    this.#watch = new WatchClock({
      wallMs: startedAtMs,
      monotonicMs: this.#lastLineAtMs,
      paused,
      limits,
      utcOffsetMin: (epochMs) => clock.utcOffsetMin(epochMs),
      onHeartbeat: (heartbeat) => this.#events.heartbeat(heartbeat, this.#seeks.expectedMs(clock.monotonicMs())),
      // A text feed has no file open, so it has no idle time.
      onIdle: this.#isReading
        ? null
        : (startMs, idleMs) => this.#events.send('telemetry.sampled', startMs, { idleMs }, null),
    })
    this.isRecording = this.#events.send('session.started', startedAtMs, ONE.session, { ...payload })
    if (!this.isRecording) return
    this.#knownVideo = this.#learn('video.described', {}, video, startedAtMs)
    if (!this.#isReading) this.#watch.allowUntil(this.#lastLineAtMs + limits.idleAfterMs)
  }

  get isOpen(): boolean {
    if (this.isRecording && this.#isReading) this.tick()
    return this.isRecording
  }

  line(given: SubtitleLine): void {
    const line = checkedLine(given)
    // An empty text says that no line is shown now.
    if (line.text.trim() === '') return
    const nowMonotonicMs = this.#clock.monotonicMs()
    const nowMs = this.#clock.wallMs()
    if (this.#isReading) {
      this.#watch.advance(nowMs, nowMonotonicMs)
      this.#endIfSilent(nowMs, nowMonotonicMs)
      if (!this.isRecording) return
    }
    const text = this.#newText(line.text, line.startMs, line.endMs, nowMonotonicMs)
    if (text === null) return
    if (this.#isReading) {
      this.#lastLineAtMs = nowMonotonicMs
      this.#lastLineWallMs = nowMs
      this.#allow(nowMonotonicMs + readingAllowanceMs(line.chars ?? readCharCount(text)))
    }
    // The times and the caller's counts belong to all that is shown, not to the rows that are new.
    this.#events.line(text === line.text ? line : { ...line, ...UNKNOWN_OF_ROWS, text }, nowMs, this.#language)
  }

  lookup(lookup?: Parameters<TrackedSession['lookup']>[0]): void {
    if (lookup !== undefined) check(VALUES.object, 'lookup', lookup)
    const { term, dictionary, hit } = lookup ?? {}
    checkOptional(VALUES.text, 'term', term)
    checkOptional(VALUES.text, 'dictionary', dictionary)
    checkOptional(VALUES.flag, 'hit', hit)
    this.#events.lookup(this.#sign(), hit === true, term, dictionary)
  }

  card(card?: Parameters<TrackedSession['card']>[0]): void {
    if (card !== undefined) check(VALUES.object, 'card', card)
    const { count: given, noteIds: givenIds } = card ?? {}
    checkOptional(VALUES.count, 'count', given)
    // By the table of its type it holds this field, as a list.
    const payload = checkPayload('card.mined', { noteIds: givenIds }) as EventPayloads['card.mined'] | null
    const idCount = payload?.noteIds?.length
    const count = given ?? idCount ?? 1
    if (count > 0) this.#events.send('card.mined', this.#sign(), { cards: count }, idCount === 0 ? null : payload)
  }

  pause(positionMs?: number): void {
    this.#setPaused(true, positionMs)
  }

  resume(positionMs?: number): void {
    this.#setPaused(false, positionMs)
  }

  seek(fromMs: number, toMs: number): void {
    const from = roundedMs('fromMs', fromMs)
    const to = roundedMs('toMs', toMs)
    if (from === to) return
    const nowMonotonicMs = this.#clock.monotonicMs()
    if (this.#seeks.reported(to, nowMonotonicMs)) this.#countSeek(from, to, nowMonotonicMs)
  }

  speed(speed: number): void {
    check(VALUES.speed, 'speed', speed)
    const speedX100 = Math.round(speed * 100)
    if (speedX100 === this.#speedX100) return
    this.#speedX100 = speedX100
    // No sign of the learner, because scripts of a player change the speed too.
    this.#events.send('playback.speed-changed', this.#clock.wallMs(), NOTHING, { speedX100 })
  }

  buffering(waiting: boolean): void {
    check(VALUES.flag, 'waiting', waiting)
    if (waiting === this.#watch.buffering) return
    const nowMs = this.#clock.wallMs()
    const nowMonotonicMs = this.#clock.monotonicMs()
    this.#watch.advance(nowMs, nowMonotonicMs)
    this.#watch.buffering = waiting
    this.#seeks.setMoving(!waiting && !this.#watch.paused, nowMonotonicMs)
    if (waiting) this.#events.send('playback.buffered', nowMs, ONE.buffer, null)
  }

  position(positionMs: number, speed = 1): void {
    const toMs = roundedMs('positionMs', positionMs)
    check(VALUES.speed, 'speed', speed)
    const nowMonotonicMs = this.#clock.monotonicMs()
    const fromMs = this.#seeks.position(toMs, speed, nowMonotonicMs)
    if (fromMs !== null) this.#countSeek(Math.round(fromMs), toMs, nowMonotonicMs)
  }

  describeVideo(video: VideoFacts): void {
    this.#knownVideo = this.#learn('video.described', this.#knownVideo, videoFacts(video), this.#clock.wallMs())
  }

  describe(facts: SessionFacts): void {
    const known = this.#knownFacts
    this.#knownFacts = this.#learn('session.described', known, sessionFacts(facts), this.#clock.wallMs())
    this.#language = this.#knownFacts.targetLanguage ?? 'und'
  }

  presence(): void {
    this.#sign()
  }

  record(type: OpenType, payload?: Readonly<Record<string, unknown>>, measures?: SparseMeasures): void {
    check(VALUES.openType, 'type', type)
    this.#events.sendChecked(type, this.#clock.wallMs(), measures ?? NOTHING, payload ?? null)
  }

  end(reason: EndReason = 'stopped'): void {
    check(FIELD_VALUES.endReason, 'reason', reason)
    const nowMs = this.#clock.wallMs()
    this.#watch.advance(nowMs, this.#clock.monotonicMs())
    this.#finish(reason, nowMs)
  }

  /** Counts up to now and sends the heartbeat; ends a text feed that fell silent. */
  tick(): void {
    if (!this.isRecording) return
    const nowMs = this.#clock.wallMs()
    const nowMonotonicMs = this.#clock.monotonicMs()
    this.#watch.advance(nowMs, nowMonotonicMs)
    this.#watch.flush()
    this.#endIfSilent(nowMs, nowMonotonicMs)
  }

  /** Whether a tick to come could have something to do. */
  wantsTicks(): boolean {
    return this.isRecording && (this.#isReading || this.#watch.counts(this.#clock.monotonicMs()))
  }

  /** The learner is there: counts up to now, then allows time until the idle limit. Answers the wall time. */
  #sign(nowMonotonicMs = this.#clock.monotonicMs()): number {
    const nowMs = this.#clock.wallMs()
    this.#watch.advance(nowMs, nowMonotonicMs)
    if (!this.#isReading) this.#allow(nowMonotonicMs + this.#context.limits.idleAfterMs)
    return nowMs
  }

  #allow(untilMs: number): void {
    this.#watch.allowUntil(untilMs)
    this.#context.onWake()
  }

  #countSeek(fromMs: number, toMs: number, nowMonotonicMs: number): void {
    const measures = toMs > fromMs ? ONE.seekForward : ONE.seekBackward
    this.#events.send('playback.seeked', this.#sign(nowMonotonicMs), measures, { fromMs, toMs })
  }

  #setPaused(paused: boolean, positionMs: number | undefined): void {
    const payload = positionMs === undefined ? null : { positionMs: roundedMs('positionMs', positionMs) }
    if (this.#watch.paused === paused) return
    const nowMonotonicMs = this.#clock.monotonicMs()
    const nowMs = this.#sign(nowMonotonicMs)
    this.#watch.paused = paused
    this.#seeks.setMoving(!paused && !this.#watch.buffering, nowMonotonicMs)
    if (paused) this.#events.send('playback.paused', nowMs, ONE.pause, payload)
    else this.#events.send('playback.resumed', nowMs, NOTHING, payload)
  }

  /** Sends the facts that differ from the known ones. Answers all that is known after that. */
  #learn<Facts extends object>(type: EventType, known: Facts, next: Facts, nowMs: number): Facts {
    const news: Partial<Facts> = {}
    for (const name in next) if (JSON.stringify(next[name]) !== JSON.stringify(known[name])) news[name] = next[name]
    if (Object.keys(news).length === 0 || !this.#events.send(type, nowMs, NOTHING, { ...news })) return known
    return { ...known, ...news }
  }

  /** A silent text feed ends itself, also when nothing ticked meanwhile because the machine slept. */
  #endIfSilent(nowMs: number, nowMonotonicMs: number): void {
    if (!this.#isReading) return
    const silentMs = Math.max(nowMonotonicMs - this.#lastLineAtMs, nowMs - this.#lastLineWallMs)
    if (silentMs >= READING_SILENT_AFTER_MS) this.#finish('silent', this.#watch.lastCountedMs)
  }

  #finish(reason: EndReason, occurredAtMs: number): void {
    this.isRecording = false
    try {
      this.#watch.flush()
      this.#watch.flushIdle()
      // A wall clock that was put back must not make a session end before it began.
      this.#events.send('session.ended', Math.max(occurredAtMs, this.#startedAtMs), NOTHING, { reason })
    } finally {
      this.#context.onEnd()
    }
  }
}

function readCharCount(text: string): number {
  return charCountOf(readText(text.slice(0, READ_UNITS_MAX)))
}

/**
 * How long a line of a text feed may be read, because a feed shows when a line comes and never when the reader leaves. The
 * time counts as active until the allowance is used up or the next line brings its own.
 */
function readingAllowanceMs(charCount: number): number {
  return Math.min(READING_MAX_MS, READING_BASE_MS + charCount * READING_PER_CHAR_MS)
}
