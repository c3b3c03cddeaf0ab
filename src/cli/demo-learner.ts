// A plausible year of a learner of Japanese and English who watches series and films. It goes through the real tracker, on
// a clock that runs as fast as events are read. Everything follows from the seed and the last day; nothing is random.

import { encodeEvent } from '../events/codec.js'
import { countLine } from '../events/counting.js'
import { BACKEND_DEFAULTS } from '../events/defaults.js'
import type { ImmersionError } from '../events/errors.js'
import { uuidV8FromSha256 } from '../events/ids.js'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../events/time-units.js'
import type { NewEvent, TrackingEvent } from '../events/types.js'
import type { TrackedSession, Tracker } from '../ports/tracker-types.js'
import { StoreTracker } from '../tracker/tracker.js'

/** An episode with all its silences and lookups ends within this. */
const LONGEST_SESSION_MS = 2.5 * HOUR_MS

const TITLES = [
  { series: '猫と港町', folder: 'neko-to-minatomachi', language: 'ja', episodes: 48, minutes: 24 },
  { series: 'The Lighthouse Shift', folder: 'the-lighthouse-shift', language: 'en', episodes: 20, minutes: 43 },
  { series: '深夜の古本屋', folder: 'shinya-no-furuhonya', language: 'ja', episodes: 60, minutes: 24 },
  { series: 'Paper Rivers', folder: 'paper-rivers', language: 'en', episodes: 16, minutes: 52 },
  { series: '雪山の郵便局', folder: 'yukiyama-no-yubinkyoku', language: 'ja', episodes: 72, minutes: 23 },
] as const

const SENTENCES: Readonly<Record<(typeof TITLES)[number]['language'], readonly string[]>> = {
  ja: [
    'おはよう。今日も早いね。',
    'この港には、昔から猫がたくさんいるんだ。',
    'え、本当ですか？',
    '手紙は届いたけど、返事はまだ書いていない。',
    '雪が止んだら、山の向こうまで歩いて行こう。',
    '閉店の時間です。また明日お越しください。',
    'あの本を探しているのは、あなたですか？',
    '大丈夫、心配しないで。',
    '祖母が若い頃に、この町で働いていました。',
    'そんなこと、一度も言ったことないよ。',
  ],
  en: [
    "You're early. I thought nobody would come.",
    'The light has to stay on until morning.',
    'Did you hear that?',
    'My father kept this lamp for thirty years, and his father before him.',
    "I'm sorry. I didn't mean to wake you.",
    'There is a boat out there, and nobody is steering it.',
    'Wait!',
    'We could fold the letter into a boat and let the river carry it.',
  ],
}

export interface DemoYear {
  /** Epoch ms at which the year ends. Nothing happens after it. */
  readonly untilMs: number
  readonly days: number
  readonly seed: number
  /** Minutes east of UTC. */
  readonly utcOffsetMin: (epochMs: number) => number
}

/** Yields the recorded events of one session after another, in order of time. Throws when the tracker refused a call. */
export function* demoSessions(year: DemoYear): Generator<readonly NewEvent[]> {
  const chance = createChance(year.seed)
  const clock = createPlayedClock(year)
  const titles = TITLES.map(withLines)
  let recorded: TrackingEvent[] = []
  let sessionCount = 0
  let refused: ImmersionError | null = null
  const tracker: Tracker = new StoreTracker({
    sink: (event) => {
      recorded.push(event)
      return 'admitted'
    },
    clock,
    newId: () => uuidV8FromSha256(`immersion demo ${year.seed} ${sessionCount++}`),
    limits: BACKEND_DEFAULTS,
    onInvalidCall: (_call, error) => {
      refused = error
    },
  })
  const firstDay = Math.floor(year.untilMs / DAY_MS) - year.days + 1
  for (let day = 0; day < year.days; day++) {
    // Some single days off, and two weeks in summer.
    if (chance.of(0.12) || (day >= 150 && day < 164)) continue
    for (let session = chance.wholeBelow(3) + 1; session > 0; session--) {
      const index = titleOfTheSeason(day, year.days, chance)
      const title = titles[index] as Title
      const beginMs = beginOf(firstDay + day, session, year, chance)
      if (beginMs < clock.nowMs() || beginMs + LONGEST_SESSION_MS > year.untilMs) continue
      clock.goTo(beginMs)
      const { series, folder, language, minutes } = title
      const episode = (title.seen++ % title.episodes) + 1
      const path = `/videos/${folder}/${String(episode).padStart(2, '0')}.mkv`
      const known = { title: `${series} ${episode}`, series, episode, sourceType: 'local' as const }
      const video = { ...known, path, durationMs: minutes * MINUTE_MS }
      const tracked = tracker.startSession({ videoKey: `local:${path}`, targetLanguage: language, video })
      watch(tracked, title, clock, chance, day / year.days)
      if (refused !== null) throw refused
      yield recorded.map((event, index) => encodeEvent(event, index + 1).event)
      recorded = []
    }
  }
}

/** Each sentence comes a thousand times a year, so it is counted once. */
function withLines(title: (typeof TITLES)[number]) {
  const { language } = title
  return { ...title, seen: 0, lines: SENTENCES[language].map((text) => ({ text, ...countLine(text, language) })) }
}

type Title = ReturnType<typeof withLines>

/** Plays one episode, mostly to its end. Lookups become rarer as the year goes on (`progress`, 0 to 1). */
function watch(session: TrackedSession, title: Title, clock: PlayedClock, chance: Chance, progress: number): void {
  const lengthMs = title.minutes * MINUTE_MS * (chance.of(0.15) ? 0.4 : 1)
  let positionMs = 0
  while (positionMs < lengthMs) {
    const line = title.lines[chance.wholeBelow(title.lines.length)] as Title['lines'][number]
    const shownMs = 1200 + line.text.length * (title.language === 'ja' ? 130 : 45)
    session.line({ ...line, startMs: positionMs, endMs: positionMs + shownMs })
    clock.pass(shownMs)
    positionMs += shownMs
    if (chance.of(0.1 - 0.06 * progress)) lookUp(session, positionMs, clock, chance)
    if (chance.of(0.012)) {
      const back = Math.min(positionMs, 6000)
      session.seek(positionMs, positionMs - back)
      positionMs -= back
    }
    const silenceMs = chance.of(0.08) ? 20_000 + chance.wholeBelow(40_000) : 800 + chance.wholeBelow(4000)
    clock.pass(silenceMs)
    positionMs += silenceMs
  }
  session.end('finished')
}

function lookUp(session: TrackedSession, positionMs: number, clock: PlayedClock, chance: Chance): void {
  const pauses = chance.of(0.7)
  if (pauses) session.pause(positionMs)
  session.lookup({ hit: chance.of(0.85) })
  clock.pass(3000 + chance.wholeBelow(12_000))
  if (chance.of(0.3)) session.card({ count: 1 })
  if (pauses) session.resume(positionMs)
}

/** Titles follow one another through the year; a quarter of the sessions are of any title. */
function titleOfTheSeason(day: number, days: number, chance: Chance): number {
  if (chance.of(0.25)) return chance.wholeBelow(TITLES.length)
  return Math.min(TITLES.length - 1, Math.floor((day / days) * TITLES.length))
}

/** In the evening, and at weekends in the morning too. `session` counts down to 1, the last of the day. */
function beginOf(localDay: number, session: number, year: DemoYear, chance: Chance): number {
  const weekend = (localDay + 4) % 7 === 0 || (localDay + 4) % 7 === 6
  const hour = weekend && session === 3 ? 10 : 22 - 2 * session
  const clockMs = localDay * DAY_MS + hour * HOUR_MS + chance.wholeBelow(50) * MINUTE_MS
  return clockMs - year.utcOffsetMin(clockMs) * MINUTE_MS
}

type PlayedClock = ReturnType<typeof createPlayedClock>

function createPlayedClock(year: DemoYear) {
  let nowMs = 0
  const timers = new Set<{ dueMs: number; readonly intervalMs: number; readonly callback: () => void }>()
  const earliest = () => [...timers].sort((a, b) => a.dueMs - b.dueMs)[0]
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    utcOffsetMin: year.utcOffsetMin,
    every(intervalMs: number, callback: () => void) {
      const timer = { dueMs: nowMs + intervalMs, intervalMs, callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    goTo(epochMs: number) {
      nowMs = epochMs
    },
    /** Moves the clock forward and calls each timer at the moment when it is due. */
    pass(ms: number) {
      const untilMs = nowMs + ms
      for (let next = earliest(); next !== undefined && next.dueMs <= untilMs; next = earliest()) {
        nowMs = next.dueMs
        next.dueMs += next.intervalMs
        next.callback()
      }
      nowMs = untilMs
    },
  }
}

type Chance = ReturnType<typeof createChance>

/** A small generator (xorshift, 32 bit; Marsaglia 2003), because the same seed must give the same year. */
function createChance(seed: number) {
  let state = seed | 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
  return {
    /** True with this probability. */
    of: (probability: number) => next() < probability,
    /** 0 to limit − 1. */
    wholeBelow: (limit: number) => Math.floor(next() * limit),
  }
}
