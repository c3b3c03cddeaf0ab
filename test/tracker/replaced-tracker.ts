// A stand-in for the tracker that this one replaces: the same calls, as an overlay makes them (seconds, states polled
// again and again, a path that changes without an end), over `Tracker`. There is no SQL in it and no storage.

import { pathToFileURL } from 'node:url'
import type { TrackedSession, Tracker } from '../../src/ports/tracker-types.js'

export function createReplacedTracker(tracker: Tracker, language: string) {
  let session: TrackedSession | null = null
  let currentPath: string | null = null

  return {
    /** `null`: the player has no file any more. */
    handleMediaChange(path: string | null, title: string | null) {
      if (path === currentPath) {
        if (title !== null) session?.describeVideo({ title })
        return
      }
      session?.end(path === null ? 'stopped' : 'replaced')
      session = null
      currentPath = path
      if (path === null) return
      const remote = /^[a-z]+:\/\//.test(path)
      session = tracker.startSession({
        videoKey: remote ? `remote:${path}` : `local:${path}`,
        targetLanguage: language,
        video: {
          sourceType: remote ? 'remote' : 'local',
          ...(remote ? { url: path } : { path, url: pathToFileURL(path).href }),
          ...(title === null ? {} : { title }),
        },
      })
    },
    handleMediaTitleUpdate(title: string) {
      session?.describeVideo({ title })
    },
    recordSubtitleLine(text: string, startSec: number, endSec: number) {
      session?.line({ text, startMs: startSec * 1000, endMs: endSec * 1000 })
    },
    recordPlaybackPosition(seconds: number | null) {
      if (seconds !== null) session?.position(seconds * 1000)
    },
    recordPauseState(isPaused: boolean) {
      if (isPaused) session?.pause()
      else session?.resume()
    },
    recordLookup(hit: boolean) {
      session?.lookup({ hit })
    },
    recordCardsMined(count: number, noteIds?: readonly number[]) {
      session?.card(noteIds === undefined ? { count } : { count, noteIds })
    },
    destroy() {
      session?.end('closed')
      session = null
      currentPath = null
    },
  }
}

export type ReplacedTracker = ReturnType<typeof createReplacedTracker>

/** What `watchTwoEpisodes` does, added up by hand. */
export const TWO_EPISODES = {
  sessions: 2,
  lines: 40,
  lookups: 7,
  lookupHits: 4,
  cards: 4,
  pauses: 2,
  seeksForward: 1,
  seeksBackward: 1,
  /** 20 lines of 3 s each, the seeks cost none; pauses of 30 s and 5 s in the first. */
  watchedMs: 2 * 60_000 + 35_000,
  activeMs: 2 * 60_000,
  pausedMs: 35_000,
} as const

/** Two episodes with lines, lookups, cards, pauses and a seek each way; the state is polled four times a second. */
export function watchTwoEpisodes(overlay: ReplacedTracker, pass: (ms: number) => void): void {
  let seconds = 0
  let paused = false
  const poll = (forMs: number) => {
    for (let passed = 0; passed < forMs; passed += 250) {
      pass(250)
      if (!paused) seconds += 0.25
      overlay.recordPauseState(paused)
      overlay.recordPlaybackPosition(seconds)
    }
  }
  const watchLines = (from: number, count: number) => {
    for (let line = from; line < from + count; line++) {
      overlay.recordSubtitleLine(`これは${line}行目の台詞です`, seconds, seconds + 2.9)
      overlay.recordSubtitleLine(`これは${line}行目の台詞です`, seconds, seconds + 2.9)
      poll(3_000)
    }
  }
  const pauseFor = (ms: number) => {
    paused = true
    overlay.recordPauseState(true)
    poll(ms)
    paused = false
    overlay.recordPauseState(false)
  }

  overlay.handleMediaChange('/videos/show/01.mkv', null)
  overlay.recordPlaybackPosition(0)
  overlay.handleMediaTitleUpdate('Show 1')
  watchLines(0, 10)
  overlay.recordLookup(true)
  overlay.recordLookup(false)
  pauseFor(30_000)
  overlay.recordCardsMined(1, [1_700_000_000_001])
  watchLines(10, 5)
  seconds += 85
  overlay.recordPlaybackPosition(seconds)
  pauseFor(5_000)
  watchLines(15, 5)

  overlay.handleMediaChange('/videos/show/02.mkv', 'Show 2')
  seconds = 0
  overlay.recordPlaybackPosition(0)
  watchLines(0, 12)
  seconds -= 20
  overlay.recordPlaybackPosition(seconds)
  watchLines(20, 8)
  for (const hit of [true, true, false, false, true]) overlay.recordLookup(hit)
  overlay.recordCardsMined(3)
  overlay.handleMediaTitleUpdate('Show 2')
  overlay.handleMediaChange('/videos/show/02.mkv', 'Show 2: The End')
  overlay.destroy()
  overlay.destroy()
}
