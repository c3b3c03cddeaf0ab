// Draws sessions: a start, then lines, heartbeats and everything else that a tracker records, then an end or none. It imports
// nothing of the product.

import { DAY_MS, type Draw, HOUR_MS, LANGUAGES, MINUTE_MS, MOMENTS, OFFSETS, pick, VIDEOS } from './draw.js'

/** An event before it has an identity. Its version is its place in the stream, from 1. */
export interface DrawnEvent {
  readonly type: string
  /** Epoch ms. */
  readonly atMs: number
  /** Minutes east of UTC. */
  readonly offsetMin: number
  readonly measures: Readonly<Record<string, number>>
  readonly payload: Readonly<Record<string, unknown>> | null
}

/** The stream of a session, or of one correction. */
export interface DrawnStream {
  readonly streamId: string
  readonly events: readonly DrawnEvent[]
}

const EVENTS_MAX = 14
const TEXT_MAX_CHARACTERS = 120

/** A line is made of these: several scripts, characters beyond 16 bits, combining marks, and control characters. */
const CHARACTERS = [
  'a',
  'É',
  ' ',
  '夜',
  'が',
  'か\u3099',
  'e\u0301',
  'ß',
  'ﬁ',
  '😀',
  '👩\u200d👩\u200d👧',
  '𠮷',
  '"',
  '\\',
  '\n',
  '\u0001',
  'ع',
  '한',
]

export function drawSession(draw: Draw, streamId: string): DrawnStream {
  const videoKey = pick(draw, VIDEOS)
  const language = draw(0, 3) === 0 ? {} : { targetLanguage: pick(draw, LANGUAGES) }
  let atMs = pick(draw, MOMENTS) + draw(0, 12 * HOUR_MS)
  let offsetMin = pick(draw, OFFSETS)
  const events: DrawnEvent[] = [
    { type: 'session.started', atMs, offsetMin, measures: { sessions: 1 }, payload: { videoKey, ...language } },
  ]
  for (let left = draw(0, EVENTS_MAX); left > 0; left--) {
    atMs += drawGapMs(draw)
    // The clock of a traveller changes in the middle of a session.
    if (draw(0, 8) === 8) offsetMin = pick(draw, OFFSETS)
    events.push({ ...drawDetail(draw), atMs, offsetMin })
  }
  if (draw(0, 1) === 1) {
    const payload = { reason: 'finished' }
    events.push({ type: 'session.ended', atMs: atMs + 1000, offsetMin, measures: {}, payload })
  }
  return { streamId, events }
}

/** Mostly minutes, sometimes days, and sometimes negative, as after a clock was set. */
function drawGapMs(draw: Draw): number {
  const kind = draw(0, 10)
  if (kind < 6) return draw(0, 4 * MINUTE_MS)
  if (kind < 9) return draw(10 * MINUTE_MS, 5 * HOUR_MS)
  return kind === 9 ? draw(DAY_MS, 40 * DAY_MS) : draw(-2 * DAY_MS, 0)
}

type Detail = Pick<DrawnEvent, 'type' | 'measures' | 'payload'>

/** What happens during a session, each as often as its weight says. */
const DETAILS: readonly { readonly weight: number; readonly of: (draw: Draw) => Detail }[] = [
  { weight: 6, of: drawLine },
  { weight: 5, of: drawHeartbeat },
  { weight: 1, of: drawSummary },
  { weight: 1, of: drawIdleTime },
  { weight: 2, of: drawLookup },
  { weight: 1, of: (draw) => detail('card.mined', { cards: draw(1, 3) }, { noteIds: [1_700_000_000_000] }) },
  { weight: 1, of: () => detail('playback.paused', { pauses: 1 }) },
  { weight: 1, of: () => detail('playback.resumed', {}) },
  { weight: 1, of: drawSeek },
  { weight: 1, of: () => detail('playback.buffered', { buffers: 1 }) },
  { weight: 1, of: drawReview },
  { weight: 1, of: drawVideoFacts },
  { weight: 1, of: (draw) => detail('session.described', {}, { targetLanguage: pick(draw, LANGUAGES) }) },
]

function drawDetail(draw: Draw): Detail {
  const drawn = DETAILS.flatMap(({ weight, of }) => Array.from({ length: weight }, () => of))
  return pick(draw, drawn)(draw)
}

function detail(type: string, measures: Detail['measures'], payload: Detail['payload'] = null): Detail {
  return { type, measures, payload }
}

function drawLookup(draw: Draw): Detail {
  return detail('lookup.performed', { lookups: 1, ...(draw(0, 1) === 1 ? { lookupHits: 1 } : {}) }, { term: '語' })
}

function drawSeek(draw: Draw): Detail {
  const measures: Detail['measures'] = draw(0, 1) === 1 ? { seeksForward: 1 } : { seeksBackward: 1 }
  return detail('playback.seeked', measures, { fromMs: 5, toMs: 9 })
}

function drawReview(draw: Draw): Detail {
  return detail('x.flashcards.reviewed', { cards: draw(0, 9), chars: draw(0, 9) }, { deck: 'core' })
}

function drawVideoFacts(draw: Draw): Detail {
  const title = draw(0, 1) === 1 ? { title: pick(draw, ['One', 'Two', 'だめ']) } : {}
  const episode = draw(0, 1) === 1 ? { episode: draw(1, 9) } : {}
  return detail('video.described', {}, { ...title, ...episode })
}

function drawLine(draw: Draw): Detail {
  const tokens = draw(0, 1) === 1 ? { tokens: draw(0, 30) } : {}
  const length = draw(0, 3) === 3 ? draw(0, TEXT_MAX_CHARACTERS) : draw(0, 8)
  const text = Array.from({ length }, () => pick(draw, CHARACTERS)).join('')
  return detail('subtitle.shown', { lines: 1, chars: draw(0, 60), words: draw(0, 30), ...tokens }, { text })
}

function drawHeartbeat(draw: Draw): Detail {
  const watchedMs = draw(0, 15_000)
  const activeMs = Math.min(watchedMs, draw(0, 15_000))
  const paused = draw(0, 1) === 1 ? { pausedMs: watchedMs - activeMs } : {}
  return detail('telemetry.sampled', { watchedMs, activeMs, ...paused })
}

/** Idle time alone, or beside time that overflow summed up with it. */
function drawIdleTime(draw: Draw): Detail {
  const watched = draw(0, 2) === 0 ? { watchedMs: draw(1, 15_000) } : {}
  return detail('telemetry.sampled', { ...watched, idleMs: draw(1, 15 * MINUTE_MS) })
}

function drawSummary(draw: Draw): Detail {
  const [watchedMs, lines, words] = [draw(0, 15_000), draw(0, 40), draw(0, 400)]
  const measures = { watchedMs, lines, words, lookups: draw(0, 3), cards: draw(0, 2) }
  return detail('telemetry.sampled', measures, { shed: 4 })
}
