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

const DETAILS: readonly { readonly weight: number; readonly of: (draw: Draw) => Detail }[] = [
  { weight: 6, of: drawLine },
  { weight: 5, of: drawHeartbeat },
  { weight: 1, of: drawSummary },
  {
    weight: 2,
    of: (draw) => ({
      type: 'lookup.performed',
      measures: { lookups: 1, ...(draw(0, 1) === 1 ? { lookupHits: 1 } : {}) },
      payload: { term: '語' },
    }),
  },
  {
    weight: 1,
    of: (draw) => ({
      type: 'card.mined',
      measures: { cards: draw(1, 3) },
      payload: { noteIds: [1_700_000_000_000] },
    }),
  },
  { weight: 1, of: () => ({ type: 'playback.paused', measures: { pauses: 1 }, payload: null }) },
  { weight: 1, of: () => ({ type: 'playback.resumed', measures: {}, payload: null }) },
  {
    weight: 1,
    of: (draw) => ({
      type: 'playback.seeked',
      measures: draw(0, 1) === 1 ? { seeksForward: 1 } : { seeksBackward: 1 },
      payload: { fromMs: 5, toMs: 9 },
    }),
  },
  { weight: 1, of: () => ({ type: 'playback.buffered', measures: { buffers: 1 }, payload: null }) },
  {
    weight: 1,
    of: (draw) => ({
      type: 'x.flashcards.reviewed',
      measures: { cards: draw(0, 9), chars: draw(0, 9) },
      payload: { deck: 'core' },
    }),
  },
  {
    weight: 1,
    of: (draw) => ({
      type: 'video.described',
      measures: {},
      payload: {
        ...(draw(0, 1) === 1 ? { title: pick(draw, ['One', 'Two', 'だめ']) } : {}),
        ...(draw(0, 1) === 1 ? { episode: draw(1, 9) } : {}),
      },
    }),
  },
  {
    weight: 1,
    of: (draw) => ({
      type: 'session.described',
      measures: {},
      payload: { targetLanguage: pick(draw, LANGUAGES) },
    }),
  },
]

function drawDetail(draw: Draw): Detail {
  return pick(
    draw,
    DETAILS.flatMap(({ weight, of }) => Array.from({ length: weight }, () => of)),
  )(draw)
}

function drawLine(draw: Draw): Detail {
  const tokens = draw(0, 1) === 1 ? { tokens: draw(0, 30) } : {}
  const text = Array.from({ length: draw(0, 3) === 3 ? draw(0, TEXT_MAX_CHARACTERS) : draw(0, 8) }, () =>
    pick(draw, CHARACTERS),
  )
  return {
    type: 'subtitle.shown',
    measures: { lines: 1, chars: draw(0, 60), words: draw(0, 30), ...tokens },
    payload: { text: text.join('') },
  }
}

function drawHeartbeat(draw: Draw): Detail {
  const watchedMs = draw(0, 15_000)
  const activeMs = Math.min(watchedMs, draw(0, 15_000))
  const paused = draw(0, 1) === 1 ? { pausedMs: watchedMs - activeMs } : {}
  return { type: 'telemetry.sampled', measures: { watchedMs, activeMs, ...paused }, payload: null }
}

function drawSummary(draw: Draw): Detail {
  const [watchedMs, lines, words] = [draw(0, 15_000), draw(0, 40), draw(0, 400)]
  const measures = { watchedMs, lines, words, lookups: draw(0, 3), cards: draw(0, 2) }
  return { type: 'telemetry.sampled', measures, payload: { shed: 4 } }
}
