// One file that mpv has open, as sessions: called by mpv.ts with what happens, calls the tracker. Usually a file is one
// session. Another subtitle language ends it (`replaced`) and begins the next; so does playing on after the end was
// reached (keep-open). Languages, in order: the selected track's, the learner's setting, the script of the first line.

import type { EndReason } from '../../events/types.js'
import type { TrackedSession, Tracker } from '../../ports/tracker-types.js'
import { createScriptGuess, isCorrection } from '../language.js'
import { videoKeyOf } from '../location.js'
import type { PlayerStatus } from '../player-status.js'
import {
  newFacts,
  numberOf,
  type PropertyValues,
  type SubtitleTrack,
  subtitleTrack,
  textOf,
  videoFacts,
} from './mpv-properties.js'
import { type Cue, createSubtitleCues } from './subtitle-cues.js'

/** A jump shorter than that is a step by a frame, or mpv drawing the picture again. */
const SEEK_MIN_MS = 250

export interface OpenFileOptions {
  /** Absolute path or URL. */
  readonly location: string
  /** Kept up to date by the caller, who says by `changed` what is new in it. */
  readonly values: PropertyValues
  readonly tracker: Tracker
  /** The learner's setting, for tracks that say nothing. */
  readonly language: string | undefined
  readonly monotonicMs: () => number
}

export interface OpenFile {
  changed(property: string): void
  position(seconds: number): void
  /** mpv does not answer: as if it waited for data. */
  hanging(hangs: boolean): void
  seekBegan(): void
  seekDone(seconds: number | undefined): void
  presence(): void
  end(reason: EndReason): void
  status(): PlayerStatus
}

interface Sitting {
  readonly tracked: TrackedSession
  language: string | undefined
  /** Whether the language is a track's word, or only an assumption that the first line's track may correct. */
  assumed: boolean
  lines: number
}

export function openFile(options: OpenFileOptions): OpenFile {
  const { location, values, tracker, monotonicMs } = options
  let facts = videoFacts(location, values)
  let track = subtitleTrack(values.get('current-tracks/sub'))
  let guess = createScriptGuess()
  let hangs = false
  let sitting: Sitting | undefined
  let anchor = { positionMs: 0, atMs: monotonicMs(), speed: 0 }
  let seek: { readonly fromMs: number; readonly sitting: Sitting | undefined } | undefined
  moveAnchor(numberOf(values.get('time-pos')))
  const cues = createSubtitleCues(
    {
      text: textOf(values.get('sub-text')),
      start: numberOf(values.get('sub-start')),
      end: numberOf(values.get('sub-end')),
    },
    line,
  )
  if (!atEnd()) begin(languageOf(track))

  function begin(language: string | undefined): Sitting {
    const tracked = tracker.startSession({
      videoKey: videoKeyOf(location),
      video: facts,
      paused: paused(),
      inferSeeks: false,
      ...(language === undefined ? {} : { targetLanguage: language }),
    })
    sitting = { tracked, language, assumed: track.language === undefined, lines: 0 }
    if (waiting()) tracked.buffering(true)
    return sitting
  }

  function finish(reason: EndReason): void {
    sitting?.tracked.end(reason)
    sitting = undefined
  }

  function languageOf(selected: SubtitleTrack): string | undefined {
    return selected.language ?? options.language
  }

  function line(cue: Cue): void {
    if (sitting === undefined) return
    const language = languageOf(track) ?? guess(cue.text)
    const current = language === undefined ? sitting : speak(sitting, language, track.language === undefined)
    current.lines++
    current.tracked.line(cue)
  }

  /** The session in which this language is spoken: the open one, if it can be, else a new one. */
  function speak(current: Sitting, language: string, assumed: boolean): Sitting {
    if (current.language !== language) {
      const open =
        current.language === undefined ||
        (current.assumed && (current.lines === 0 || isCorrection(current.language, language)))
      if (!open) {
        finish('replaced')
        return begin(language)
      }
      current.language = language
      current.tracked.describe({ targetLanguage: language })
    }
    current.assumed &&= assumed
    return current
  }

  function trackChanged(): void {
    const now = subtitleTrack(values.get('current-tracks/sub'))
    // mpv says it once more when it is first observed; what stands on the screen is then known already.
    if (now.selected && now.id === track.id && now.language === track.language) return
    cues.settle() // what was shown before belongs to the session before
    cues.forget()
    track = now
    guess = createScriptGuess()
    if (sitting !== undefined && sitting.lines > 0) sitting.assumed = false // its lines have settled it
    const language = languageOf(track)
    if (sitting !== undefined && track.selected && language !== undefined) {
      speak(sitting, language, track.language === undefined)
    }
  }

  function endReached(): void {
    if (atEnd()) {
      cues.settle()
      finishSeekAtEnd()
      finish('finished')
    } else if (sitting === undefined && values.get('eof-reached') === false) {
      // Played on after its end. (Unavailable it becomes when the file is closed.)
      cues.forget()
      begin(languageOf(track))
    }
  }

  function factsChanged(): void {
    const now = videoFacts(location, values)
    const news = newFacts(facts, now)
    if (news === undefined) return
    facts = { ...facts, ...news }
    sitting?.tracked.describeVideo(news)
  }

  function finishSeek(seconds: number | undefined): void {
    if (seek === undefined || seconds === undefined) return
    const { fromMs } = seek
    const toMs = Math.round(seconds * 1000)
    if (seek.sitting === sitting && Math.abs(toMs - fromMs) >= SEEK_MIN_MS) sitting?.tracked.seek(fromMs, toMs)
    seek = undefined
  }

  /** A seek to beyond the end arrives there: mpv says no more than that the file has ended. */
  function finishSeekAtEnd(): void {
    finishSeek(facts.durationMs === undefined ? undefined : facts.durationMs / 1000)
  }

  function atEnd(): boolean {
    return values.get('eof-reached') === true
  }

  function paused(): boolean {
    return values.get('pause') === true
  }

  function waiting(): boolean {
    return hangs || values.get('paused-for-cache') === true
  }

  function playing(): boolean {
    return !paused() && !waiting() && !atEnd()
  }

  /** Between two answers of mpv the position is worked out: it moves with the clock while it plays. */
  function positionNow(): number {
    return Math.round(anchor.positionMs + (monotonicMs() - anchor.atMs) * anchor.speed)
  }

  function moveAnchor(seconds: number | undefined): void {
    anchor = {
      positionMs: seconds === undefined ? positionNow() : seconds * 1000,
      atMs: monotonicMs(),
      speed: playing() ? (numberOf(values.get('speed')) ?? 1) : 0,
    }
  }

  return {
    changed(property) {
      switch (property) {
        case 'sub-text':
          return cues.text(typeof values.get(property) === 'string' ? String(values.get(property)) : undefined)
        case 'sub-start':
          return cues.start(numberOf(values.get(property)))
        case 'sub-end':
          return cues.end(numberOf(values.get(property)))
        case 'current-tracks/sub':
          return trackChanged()
        case 'eof-reached':
          moveAnchor(undefined)
          return endReached()
        case 'pause':
          moveAnchor(undefined)
          return paused() ? sitting?.tracked.pause(positionNow()) : sitting?.tracked.resume(positionNow())
        case 'paused-for-cache':
          moveAnchor(undefined)
          return sitting?.tracked.buffering(waiting())
        case 'speed':
          moveAnchor(undefined)
          return
        default:
          return factsChanged()
      }
    },
    position(seconds) {
      if (seek !== undefined) return // on its way to somewhere else
      moveAnchor(seconds)
      // There was no room for it when it began; perhaps there is now.
      if (sitting?.tracked.isOpen === false) begin(sitting.language)
      sitting?.tracked.position(positionNow(), numberOf(values.get('speed')) ?? 1)
    },
    hanging(now) {
      if (now === hangs) return
      hangs = now
      moveAnchor(undefined)
      sitting?.tracked.buffering(waiting())
    },
    seekBegan() {
      seek ??= { fromMs: positionNow(), sitting }
    },
    seekDone(seconds) {
      if (seconds === undefined) return // it went to beyond the end, and the end comes next
      finishSeek(seconds)
      moveAnchor(seconds)
    },
    presence: () => sitting?.tracked.presence(),
    end(reason) {
      cues.settle()
      if (reason === 'finished') finishSeekAtEnd()
      finish(reason)
    },
    status() {
      const state = atEnd() ? 'finished' : paused() ? 'paused' : waiting() ? 'buffering' : 'playing'
      if (sitting === undefined) return { state, session: null }
      const { tracked, language } = sitting
      return {
        state,
        session: { sessionId: tracked.sessionId, title: facts.title ?? location, language: language ?? null },
      }
    },
  }
}
