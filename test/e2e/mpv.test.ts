// From player to statistics: a real mpv plays, `immersion track mpv` records, and `immersion stats` reports it. Expected
// counts are worked out by hand from the cues; expected times are those of this script's own clock.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SessionSummary, SessionsAnswer } from '../../src/ports/analytics-types.js'
import { server, withTestDatabase } from '../support/databases.js'
import { startHeadlessMpv } from '../support/headless-mpv.js'
import { immersionJson, type RunningCommand, startImmersion } from '../support/immersion-command.js'
import { program, requires } from '../support/requires.js'
import { until } from '../support/until.js'
import { makeVideo } from '../support/videos.js'

const test = suite('from mpv to statistics')
const withMpv = requires(test, program('mpv'), program('ffmpeg'))

const TIME_TOLERANCE_MS = 2_000
/** Well beyond the tolerance, so that time counted in a pause would be seen. */
const PAUSE_MS = 5_000

/** Gaps between the cues leave seconds for a slow machine to act in. */
const JAPANESE = [
  [0.5, 1.5, 'これはペンです。'], // これ は ペン です: 7 letters, 4 words
  [2, 3, '今日は<i>雨</i>です。'], // 今日 は 雨 です: 6 letters, 4 words
  [11, 12, '私は学生です。'], // 私 は 学生 です: 6 letters, 4 words
  [20, 21, '明日は学校へ行く。'], // 明日 は 学校 へ 行く: 8 letters, 5 words
  [29, 30, 'never reached'],
] as const
const ENGLISH = [
  [0.5, 1.5, 'Hello, world.'], // 10 letters, 2 words
  [2, 3, "Don't stop now!"], // 11 letters, 3 words
  [3, 4, "Don't stop now!"], // goes on without a pause: the same line
  [4.5, 5.5, 'I have 3 cats.'], // 10 letters and digits, 4 words
] as const

/** By the playback of twoFiles: four lines, a pause, and a seek each way. */
const SEEN_OF_JAPANESE = {
  title: '日本語',
  language: 'ja',
  status: 'ended',
  sessions: 1,
  lines: 4,
  chars: 7 + 6 + 8 + 6,
  words: 4 + 4 + 5 + 4,
  pauses: 1,
  seeksForward: 1,
  seeksBackward: 1,
  buffers: 0,
}
const SEEN_OF_ENGLISH = {
  title: 'An English film',
  language: 'en',
  status: 'ended',
  sessions: 1,
  lines: 3,
  chars: 10 + 11 + 10,
  words: 2 + 3 + 4,
  pauses: 0,
  seeksForward: 0,
  seeksBackward: 0,
  buffers: 0,
}

const QUIET = ['--no-config', '--vo=null', '--ao=null']

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'immersion-e2e-')))
  try {
    await work(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

async function sessionsOf(folder: string, database?: string): Promise<readonly SessionSummary[]> {
  const answer = (await immersionJson(folder, ['stats', 'sessions'], database)) as SessionsAnswer
  return [...answer.sessions].sort((a, b) => a.startedAtMs - b.startedAtMs)
}

function isAbout(actualMs: number, expectedMs: number, what: string): void {
  assert.ok(Math.abs(actualMs - expectedMs) <= TIME_TOLERANCE_MS, `${what}: ${actualMs} ms, expected ${expectedMs} ms`)
}

async function endedWell(command: RunningCommand): Promise<void> {
  command.process.kill('SIGINT')
  assert.is(await command.exited, 0, command.stderr())
}

const TWO_FILES = 'a Japanese and an English file, with a pause and a seek each way, are two sessions with those counts'

withMpv(TWO_FILES, () => twoFiles())

for (const kind of ['postgres', 'mysql'] as const) {
  requires(
    test,
    program('mpv'),
    program('ffmpeg'),
    server(kind),
  )(`${TWO_FILES}, on ${kind}`, () => withTestDatabase(kind, ({ url }) => twoFiles(url)))
}

type Tracking = ReturnType<typeof startImmersion>
type Mpv = Awaited<ReturnType<typeof startHeadlessMpv>>

/** On every database the statistics are those of the playback. */
async function twoFiles(database?: string): Promise<void> {
  await inFolder(async (folder) => {
    const subtitles = [{ language: 'jpn', cues: JAPANESE }]
    const japanese = makeVideo(path.join(folder, '日本語.mkv'), { seconds: 40, subtitles })
    const english = makeVideo(path.join(folder, 'english.mkv'), {
      seconds: 8,
      subtitles: [{ language: 'eng', cues: ENGLISH }],
      title: 'An English film',
    })
    const socketPath = path.join(folder, 'mpv.sock')
    const tracking = startImmersion(folder, ['track', 'mpv', '--socket', socketPath], database)
    const mpv = await startHeadlessMpv(socketPath, ['--pause', '--speed=2', japanese, english])
    try {
      const times = await playTwoFiles(mpv, tracking)
      await endedWell(tracking)
      const [first, second, ...more] = await sessionsOf(folder, database)
      if (first === undefined || second === undefined) throw new Error('there are fewer than two sessions')
      assert.is(more.length, 0)
      assert.equal(seen(first), { ...SEEN_OF_JAPANESE, videoKey: `local:${japanese}` })
      assert.equal(seen(second), { ...SEEN_OF_ENGLISH, videoKey: `local:${english}` })
      isAbout(first.measures.activeMs, times.japaneseActiveMs, 'active time of the first file')
      isAbout(first.measures.pausedMs, times.japanesePausedMs, 'paused time of the first file')
      isAbout(second.measures.activeMs, times.englishActiveMs, 'active time of the second file')
      assert.is(first.measures.watchedMs, first.measures.activeMs + first.measures.pausedMs)
    } finally {
      await mpv.kill()
      tracking.process.kill('SIGKILL')
      await tracking.exited
    }
  })
}

/** Four lines, a pause, and a seek each way in the first file; then the second one to its end. */
async function playTwoFiles(mpv: Mpv, tracking: Tracking) {
  await until('the first session begins', () => tracking.stderr().includes('Tracking 日本語'))
  const openedAtMs = performance.now()
  const playTo = async (seconds: number) => {
    await mpv.set('pause', false)
    await until(`mpv plays to ${seconds} s`, async () => (await mpv.position()) >= seconds)
  }
  const startedAtMs = performance.now()
  await playTo(4) // two lines
  await mpv.set('pause', true)
  const pausedAtMs = performance.now()
  await mpv.control.command('seek', 18, 'absolute')
  await until('mpv arrives', async () => Math.abs((await mpv.position()) - 18) < 0.5)
  await until('the pause is over', () => performance.now() - pausedAtMs > PAUSE_MS)
  const resumedAtMs = performance.now()
  await playTo(23) // one line
  await mpv.control.command('seek', 10, 'absolute')
  await until('mpv goes back', async () => (await mpv.position()) < 12)
  await playTo(14) // one line
  await mpv.control.command('playlist-next')
  const nextAtMs = performance.now()
  await until('mpv ends the second file', async () => (await mpv.control.get('idle-active')) === true)
  const englishActiveMs = performance.now() - nextAtMs
  await until('the second session ends', () => tracking.stderr().includes('Ended An English film'))
  return {
    japaneseActiveMs: pausedAtMs - startedAtMs + (nextAtMs - resumedAtMs),
    japanesePausedMs: startedAtMs - openedAtMs + (resumedAtMs - pausedAtMs),
    englishActiveMs,
  }
}

withMpv('straight playback of 200 lines is 200 lines and no seek', () =>
  inFolder(async (folder) => {
    // "Go on 7": 3 words, 4 letters and 1 digit
    const cues = Array.from({ length: 200 }, (_, index) => [index / 2, index / 2 + 0.4, `Go on ${index % 10}`] as const)
    const file = makeVideo(path.join(folder, 'long.mkv'), { seconds: 101, subtitles: [{ language: 'eng', cues }] })
    const socketPath = path.join(folder, 'mpv.sock')
    const tracking = startImmersion(folder, ['track', 'mpv', '--socket', socketPath])
    const mpv = await startHeadlessMpv(socketPath, ['--pause', '--speed=5', file])
    try {
      await until('the session begins', () => tracking.stderr().includes('Tracking long'))
      await mpv.set('pause', false)
      await until('the session ends', () => tracking.stderr().includes('Ended long'))
      await endedWell(tracking)
      const [session] = await sessionsOf(folder)
      if (session === undefined) throw new Error('there is no session')
      const { lines, words, chars, seeksForward, seeksBackward, pauses } = session.measures
      assert.equal(
        { lines, words, chars, seeksForward, seeksBackward, pauses },
        { lines: 200, words: 600, chars: 1_000, seeksForward: 0, seeksBackward: 0, pauses: 0 },
      )
    } finally {
      await mpv.kill()
      tracking.process.kill('SIGKILL')
      await tracking.exited
    }
  }),
)

withMpv('tracking ends with the mpv that it started, and leaves no file behind', () =>
  inFolder(async (folder) => {
    const cues = [[4, 8, 'Hello, world.']] as const
    const file = makeVideo(path.join(folder, 'a.mkv'), { seconds: 10, subtitles: [{ language: 'eng', cues }] })
    const tracking = startImmersion(folder, ['track', 'mpv', '--start', file, '--', ...QUIET, '--speed=4'])
    assert.is(await tracking.exited, 0, tracking.stderr())
    const [session] = await sessionsOf(folder)
    assert.equal([session?.status, session?.measures.lines], ['ended', 1])
    assert.equal(fs.readdirSync(path.join(folder, 'tmp')), [], 'the private folder of the socket is gone')
  }),
)

withMpv('Ctrl-C ends the mpv that was started, after its session', () =>
  inFolder(async (folder) => {
    const file = makeVideo(path.join(folder, 'a.mkv'), { seconds: 60 })
    const tracking = startImmersion(folder, ['track', 'mpv', '--start', file, '--', ...QUIET])
    await until('the session begins', () => tracking.stderr().includes('Tracking a'))
    await endedWell(tracking)
    const [session] = await sessionsOf(folder)
    assert.is(session?.status, 'ended')
    assert.equal(fs.readdirSync(path.join(folder, 'tmp')), [])
  }),
)

withMpv('an mpv that can play none of its files ends tracking with 1 and PLAYER_UNAVAILABLE', () =>
  inFolder(async (folder) => {
    const tracking = startImmersion(folder, [
      'track',
      'mpv',
      '--start',
      path.join(folder, 'absent.mkv'),
      '--',
      ...QUIET,
    ])
    assert.is(await tracking.exited, 1)
    assert.match(tracking.stderr(), /mpv could play none of the files \(PLAYER_UNAVAILABLE\)/)
  }),
)

withMpv('an ignored file leaves no event', () =>
  inFolder(async (folder) => {
    const file = makeVideo(path.join(folder, 'private.mkv'), {
      seconds: 4,
      subtitles: [{ language: 'eng', cues: ENGLISH }],
    })
    const ignoring = startImmersion(folder, [
      'track',
      'mpv',
      '--ignore',
      'priv*.mkv',
      '--start',
      file,
      '--',
      ...QUIET,
      '--speed=4',
    ])
    assert.is(await ignoring.exited, 0, ignoring.stderr())
    assert.equal(await sessionsOf(folder), [])
  }),
)

/** The part of a session that the script decides exactly. */
function seen({ videoKey, title, language, status, measures }: SessionSummary) {
  const { sessions, lines, chars, words, pauses, seeksForward, seeksBackward, buffers } = measures
  return {
    ...{ videoKey, title, language, status },
    ...{ sessions, lines, chars, words, pauses, seeksForward, seeksBackward, buffers },
  }
}

test.run()
