// A real mpv with small videos to play, which followMpv follows into a recording tracker.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { followMpv } from '../../src/players/mpv/mpv.js'
import type { PlayerStatus } from '../../src/players/player-status.js'
import { type HeadlessMpv, startHeadlessMpv } from './headless-mpv.js'
import { type RecordedSession, type RecordingTracker, recordingTracker } from './recording-tracker.js'
import { until } from './until.js'
import { makeVideo, type SubtitleTrackToMake } from './videos.js'

export const JAPANESE: SubtitleTrackToMake = {
  language: 'jpn',
  cues: [
    [1, 2, 'これはペンです。'],
    [2, 3, 'これはペンです。'],
    [4, 6, '今日は、<i>いい</i>天気ですね。'],
    [5, 7, 'はい'],
    [8, 9, '行こう！'],
  ],
}
export const ENGLISH: SubtitleTrackToMake = {
  language: 'eng',
  cues: [
    [1, 2, 'Hello, world.'],
    [4, 5, "Don't stop now!"],
  ],
}

export function everyHalfSecond(language: string | undefined, text: string): SubtitleTrackToMake {
  const cues = Array.from({ length: 120 }, (_, index) => [index / 2, index / 2 + 0.4, text] as const)
  return { cues, ...(language === undefined ? {} : { language }) }
}

export interface Bench {
  readonly folder: string
  readonly socketPath: string
  readonly tracker: RecordingTracker
  readonly notes: readonly string[]
  status(): PlayerStatus | undefined
  video(name: string, seconds: number, subtitles: readonly SubtitleTrackToMake[], title?: string): string
  mpv(args: readonly string[]): Promise<HeadlessMpv>
  follow(options?: { language?: string; isIgnored?: (location: string) => boolean }): void
  /** Resolves to session number `count` when it has begun. */
  session(count: number): Promise<RecordedSession>
  stop(): Promise<void>
}

export async function onBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-mpv-')))
  const tracker = recordingTracker()
  const notes: string[] = []
  const players: HeadlessMpv[] = []
  const stopping = new AbortController()
  let status: PlayerStatus | undefined
  let following: Promise<void> | undefined
  const bench: Bench = {
    folder,
    socketPath: path.join(folder, 'mpv.sock'),
    tracker,
    notes,
    status: () => status,
    video: (name, seconds, subtitles, title) =>
      makeVideo(path.join(folder, name), { seconds, subtitles, ...(title === undefined ? {} : { title }) }),
    async mpv(args) {
      const player = await startHeadlessMpv(bench.socketPath, args, folder)
      players.push(player)
      return player
    },
    follow(options = {}) {
      following = followMpv({
        ...options,
        socketPath: bench.socketPath,
        tracker,
        signal: stopping.signal,
        onStatus: (now) => {
          status = now
        },
        onNote: (note) => notes.push(note),
      })
    },
    session: (count) => until(`session ${count} begins`, () => tracker.sessions[count - 1]),
    async stop() {
      stopping.abort()
      await following
    },
  }
  try {
    await work(bench)
  } finally {
    await bench.stop()
    for (const player of players) await player.kill()
    fs.rmSync(folder, { recursive: true })
  }
}

export const ended = (session: RecordedSession) => until('the session ends', session.ended)
