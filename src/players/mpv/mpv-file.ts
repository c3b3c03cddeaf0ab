// One file that mpv has open, as sessions: called by mpv.ts with what happens, calls the tracker. Usually a file is one
// session. Another subtitle language ends it (`replaced`) and begins the next; so does playing on after the end was
// reached (keep-open). Languages, in order: the selected track's, the learner's setting, the script of the first line.

import type { EndReason, VideoFacts } from '../../events/types.js'
import type { TrackedSession, Tracker } from '../../ports/tracker-types.js'
import { createScriptGuess, isCorrection } from '../language.js'
import { videoKeyOf } from '../location.js'
import type { PlayerStatus } from '../player-status.js'
import {
  type FOLLOWED_PROPERTIES,
  newFacts,
  numberOf,
  type PropertyValues,
  type SubtitleTrack,
  subtitleTrack,
  textOf,
  videoFacts,
} from './mpv-properties.js'
import { type Cue, SubtitleCues } from './subtitle-cues.js'

/** A shorter jump is a step by one frame, or mpv drawing the picture again. */
const SEEK_MIN_MS = 250

export interface MpvFileOptions {
  /** Absolute path or URL. */
  readonly location: string
  /** Kept up to date by the caller, who reports each change by `changed`. */
  readonly values: PropertyValues
  readonly tracker: Tracker
  /** The learner's setting, for tracks without a language. */
  readonly language: string | undefined
  readonly monotonicMs: () => number
}

type Followed = (typeof FOLLOWED_PROPERTIES)[number]

/** After a change of one of these, the video moves at another speed. */
const PLAYBACK: ReadonlySet<string> = new Set<Followed>(['eof-reached', 'pause', 'paused-for-cache', 'speed'])

/** A session of the file, in one language. */
interface LanguageSession {
  readonly tracked: TrackedSession
  language: string | undefined
  /** False where a track named the language. An assumed one may be corrected by the track of the first line. */
  assumed: boolean
  lines: number
}

export class MpvFile {
  readonly #options: MpvFileOptions
  readonly #values: PropertyValues
  readonly #cues: SubtitleCues
  /** The last known position. From then on the video moves at `speed`, which is 0 while it does not play. */
  #known: { readonly positionMs: number; readonly atMs: number; readonly speed: number }
  #facts: VideoFacts
  #track: SubtitleTrack
  #guess = createScriptGuess()
  #hangs = false
  #session: LanguageSession | undefined
  #seek: { readonly fromMs: number; readonly session: LanguageSession | undefined } | undefined

  constructor(options: MpvFileOptions) {
    const { location, values } = options
    this.#options = options
    this.#values = values
    this.#facts = videoFacts(location, values)
    this.#track = subtitleTrack(values.get('current-tracks/sub'))
    this.#known = this.#anchored((numberOf(values.get('time-pos')) ?? 0) * 1000)
    this.#cues = new SubtitleCues(
      {
        text: textOf(values.get('sub-text')),
        start: numberOf(values.get('sub-start')),
        end: numberOf(values.get('sub-end')),
      },
      (cue) => this.#line(cue),
    )
    if (!this.#isAtEnd()) this.#begin(this.#language())
  }

  /** A property of FOLLOWED_PROPERTIES or FACT_PROPERTIES has another value. */
  changed(property: string): void {
    if (PLAYBACK.has(property)) this.#anchor()
    const change = Object.hasOwn(this.#changes, property) ? this.#changes[property as Followed] : this.#factsChanged
    change(this.#values.get(property))
  }

  readonly #changes: Readonly<Record<Followed, (value: unknown) => void>> = {
    'sub-text': (value) => this.#cues.text(typeof value === 'string' ? value : undefined),
    'sub-start': (value) => this.#cues.start(numberOf(value)),
    'sub-end': (value) => this.#cues.end(numberOf(value)),
    'current-tracks/sub': () => this.#trackChanged(),
    'eof-reached': () => this.#endChanged(),
    pause: () => this.#session?.tracked[this.#isPaused() ? 'pause' : 'resume'](this.#positionMs()),
    'paused-for-cache': () => this.#session?.tracked.buffering(this.#isWaiting()),
    speed: () => this.#session?.tracked.speed(this.#speed()),
  }

  position(seconds: number): void {
    if (this.#seek !== undefined) return // on its way to somewhere else
    this.#anchor(seconds * 1000)
    // There was no room for the session when it began; perhaps there is now.
    if (this.#session?.tracked.isOpen === false) this.#begin(this.#session.language)
    this.#session?.tracked.position(this.#positionMs(), this.#speed())
  }

  /** While mpv does not answer, it is as if it waited for data. */
  hanging(hangs: boolean): void {
    if (hangs === this.#hangs) return
    this.#hangs = hangs
    this.#anchor()
    this.#session?.tracked.buffering(this.#isWaiting())
  }

  seekBegan(): void {
    this.#seek ??= { fromMs: this.#positionMs(), session: this.#session }
  }

  /** Without `seconds`, the seek went beyond the end, and the end comes next. */
  seekDone(seconds: number | undefined): void {
    if (seconds === undefined) return
    this.#finishSeek(seconds * 1000)
    this.#anchor(seconds * 1000)
  }

  presence(): void {
    this.#session?.tracked.presence()
  }

  end(reason: EndReason): void {
    this.#cues.closeBurst()
    // A seek to beyond the end arrives there: mpv reports only that the file has ended.
    if (reason === 'finished') this.#finishSeek(this.#facts.durationMs)
    this.#finish(reason)
  }

  status(): PlayerStatus {
    const waiting = this.#isWaiting() ? 'buffering' : 'playing'
    const state = this.#isAtEnd() ? 'finished' : this.#isPaused() ? 'paused' : waiting
    if (this.#session === undefined) return { state, session: null }
    const { tracked, language } = this.#session
    const title = this.#facts.title ?? this.#options.location
    return { state, session: { sessionId: tracked.sessionId, title, language: language ?? null } }
  }

  #begin(language: string | undefined): LanguageSession {
    const tracked = this.#options.tracker.startSession({
      videoKey: videoKeyOf(this.#options.location),
      video: this.#facts,
      paused: this.#isPaused(),
      inferSeeks: false,
      ...(language === undefined ? {} : { targetLanguage: language }),
    })
    const session = { tracked, language, assumed: this.#track.language === undefined, lines: 0 }
    this.#session = session
    if (this.#isWaiting()) tracked.buffering(true)
    if (this.#speed() !== 1) tracked.speed(this.#speed())
    return session
  }

  #finish(reason: EndReason): void {
    this.#session?.tracked.end(reason)
    this.#session = undefined
  }

  #language(): string | undefined {
    return this.#track.language ?? this.#options.language
  }

  #line(cue: Cue): void {
    if (this.#session === undefined) return
    const language = this.#language() ?? this.#guess(cue.text)
    const isAssumed = this.#track.language === undefined
    const session = language === undefined ? this.#session : this.#speak(this.#session, language, isAssumed)
    session.lines++
    session.tracked.line(cue)
  }

  /** The session in which this language is spoken: the open one, if it can be, else a new one. */
  #speak(session: LanguageSession, language: string, assumed: boolean): LanguageSession {
    if (session.language !== language) {
      const canChange =
        session.language === undefined ||
        (session.assumed && (session.lines === 0 || isCorrection(session.language, language)))
      if (!canChange) {
        this.#finish('replaced')
        return this.#begin(language)
      }
      session.language = language
      session.tracked.describe({ targetLanguage: language })
    }
    session.assumed &&= assumed
    return session
  }

  #trackChanged(): void {
    const now = subtitleTrack(this.#values.get('current-tracks/sub'))
    // mpv reports it once more when it is first observed; the text on the screen is then known already.
    if (now.selected && now.id === this.#track.id && now.language === this.#track.language) return
    this.#cues.closeBurst() // the last line belongs to the session before
    this.#track = now
    this.#guess = createScriptGuess()
    const session = this.#session
    if (session === undefined) return
    if (session.lines > 0) session.assumed = false // its lines have decided it
    const language = this.#language()
    if (now.selected && language !== undefined) this.#speak(session, language, now.language === undefined)
  }

  #endChanged(): void {
    if (this.#isAtEnd()) this.end('finished')
    else if (this.#session === undefined && this.#values.get('eof-reached') === false) {
      // Played on after its end. (The property becomes unavailable when the file is closed.)
      this.#begin(this.#language())
    }
  }

  readonly #factsChanged = (): void => {
    const news = newFacts(this.#facts, videoFacts(this.#options.location, this.#values))
    if (news === undefined) return
    this.#facts = { ...this.#facts, ...news }
    this.#session?.tracked.describeVideo(news)
  }

  #finishSeek(positionMs: number | undefined): void {
    if (this.#seek === undefined || positionMs === undefined) return
    const { fromMs, session } = this.#seek
    const toMs = Math.round(positionMs)
    if (session === this.#session && Math.abs(toMs - fromMs) >= SEEK_MIN_MS) session?.tracked.seek(fromMs, toMs)
    this.#seek = undefined
  }

  /** Milliseconds in the video, an integer. Between two answers of mpv it moves on with the clock. */
  #positionMs(): number {
    const { positionMs, atMs, speed } = this.#known
    return Math.round(positionMs + (this.#options.monotonicMs() - atMs) * speed)
  }

  /** Whenever playback stops, goes on, or changes its speed, and at each position that mpv reports. */
  #anchor(positionMs = this.#positionMs()): void {
    this.#known = this.#anchored(positionMs)
  }

  #anchored(positionMs: number) {
    const isPlaying = !this.#isPaused() && !this.#isWaiting() && !this.#isAtEnd()
    return { positionMs, atMs: this.#options.monotonicMs(), speed: isPlaying ? this.#speed() : 0 }
  }

  #speed(): number {
    return numberOf(this.#values.get('speed')) ?? 1
  }

  #isAtEnd(): boolean {
    return this.#values.get('eof-reached') === true
  }

  #isPaused(): boolean {
    return this.#values.get('pause') === true
  }

  #isWaiting(): boolean {
    return this.#hangs || this.#values.get('paused-for-cache') === true
  }
}
