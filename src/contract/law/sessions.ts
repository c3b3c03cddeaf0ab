// Draws sessions: a start, then lines, heartbeats and everything else that a tracker records, then an end or none. It imports
// nothing of the product.

import {
  DAY_MS,
  type Draw,
  HOUR_MS,
  LANGUAGES,
  MINUTE_MS,
  MOMENTS,
  maybe,
  OFFSETS,
  pick,
  pickWeighted,
  VIDEOS,
} from './draw.js'

/** An event without its moment. */
export interface Detail {
  readonly type: string
  readonly measures: Readonly<Record<string, number>>
  readonly payload: Readonly<Record<string, unknown>> | null
}

/** An event before it has an identity. Its version is its place in the stream, from 1. */
export interface DrawnEvent extends Detail {
  /** Epoch ms. */
  readonly atMs: number
  /** Minutes east of UTC. */
  readonly offsetMin: number
}

/** The stream of a session, or of one correction. */
export interface DrawnStream {
  readonly streamId: string
  readonly events: readonly DrawnEvent[]
}

const EVENTS_MAX = 14
const TEXT_MAX_CHARACTERS = 120

/** A line is made of these: several scripts, characters beyond 16 bits, combining marks, and control characters. */
const CHARACTERS = [...'aÉ 夜が', 'か\u3099', 'e\u0301', ...'ßﬁ😀', '👩\u200d👩\u200d👧', ...'𠮷"\\\n\u0001ع한']

export function drawSession(draw: Draw, streamId: string): DrawnStream {
  const videoKey = pick(draw, VIDEOS)
  const language = draw(0, 3) === 0 ? {} : { targetLanguage: pick(draw, LANGUAGES) }
  let atMs = pick(draw, MOMENTS) + draw(0, 12 * HOUR_MS)
  let offsetMin = pick(draw, OFFSETS)
  const events: DrawnEvent[] = [
    { ...detail('session.started', { sessions: 1 }, { videoKey, ...language }), atMs, offsetMin },
  ]
  for (let left = draw(0, EVENTS_MAX); left > 0; left--) {
    atMs += drawGapMs(draw)
    // The clock of a traveller changes in the middle of a session.
    if (draw(0, 8) === 8) offsetMin = pick(draw, OFFSETS)
    events.push({ ...pickWeighted(draw, DETAILS)(draw), atMs, offsetMin })
  }
  if (draw(0, 1) === 1) {
    events.push({ ...detail('session.ended', {}, { reason: 'finished' }), atMs: atMs + 1000, offsetMin })
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

export function detail(type: string, measures: Detail['measures'], payload: Detail['payload'] = null): Detail {
  return { type, measures, payload }
}

/** What happens during a session, each as often as its weight says. */
const DETAILS: readonly (readonly [weight: number, drawDetail: (draw: Draw) => Detail])[] = [
  [6, drawLine],
  [5, drawHeartbeat],
  [1, drawSummary],
  [1, drawIdleTime],
  [2, (draw) => detail('lookup.performed', { lookups: 1, ...maybe(draw, () => ({ lookupHits: 1 })) }, { term: '語' })],
  [1, (draw) => detail('card.mined', { cards: draw(1, 3) }, { noteIds: [1_700_000_000_000] })],
  [1, () => detail('playback.paused', { pauses: 1 })],
  [1, () => detail('playback.resumed', {})],
  [1, (draw) => detail('playback.seeked', { [pick(draw, SEEKS)]: 1 }, { fromMs: 5, toMs: 9 })],
  [1, () => detail('playback.buffered', { buffers: 1 })],
  [1, (draw) => detail('x.flashcards.reviewed', { cards: draw(0, 9), chars: draw(0, 9) }, { deck: 'core' })],
  [1, drawVideoFacts],
  [1, (draw) => detail('session.described', {}, { targetLanguage: pick(draw, LANGUAGES) })],
]

const SEEKS = ['seeksBackward', 'seeksForward']

function drawVideoFacts(draw: Draw): Detail {
  const title = maybe(draw, () => ({ title: pick(draw, ['One', 'Two', 'だめ']) }))
  return detail('video.described', {}, { ...title, ...maybe(draw, () => ({ episode: draw(1, 9) })) })
}

function drawLine(draw: Draw): Detail {
  const tokens = maybe(draw, () => ({ tokens: draw(0, 30) }))
  const length = draw(0, 3) === 3 ? draw(0, TEXT_MAX_CHARACTERS) : draw(0, 8)
  const text = Array.from({ length }, () => pick(draw, CHARACTERS)).join('')
  return detail('subtitle.shown', { lines: 1, chars: draw(0, 60), words: draw(0, 30), ...tokens }, { text })
}

function drawHeartbeat(draw: Draw): Detail {
  const watchedMs = draw(0, 15_000)
  const activeMs = Math.min(watchedMs, draw(0, 15_000))
  const paused = maybe(draw, () => ({ pausedMs: watchedMs - activeMs }))
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
