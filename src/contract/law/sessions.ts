// Sittings as they were lived: a start, then lines, heartbeats and whatever else a tracker sees, then an end or none. It
// imports nothing of the product.

import { DAY_MS, type Draw, HOUR_MS, LANGUAGES, MINUTE_MS, MOMENTS, OFFSETS, pick, VIDEOS } from './draw.js'

/** One thing that happened in a stream. Its version is its place in the stream, from 1. */
export interface Happening {
  readonly type: string
  readonly atMs: number
  readonly offsetMin: number
  readonly measures: Readonly<Record<string, number>>
  readonly payload: Readonly<Record<string, unknown>> | null
}

/** What one stream tells: of a sitting, or one command of the learner. */
export interface Sitting {
  readonly streamId: string
  readonly happenings: readonly Happening[]
}

const HAPPENINGS_MAX = 14
const TEXT_MAX_SIGNS = 120

/** What a line may be made of: scripts, signs beyond 16 bits, marks that join what stands before them, and control signs. */
const SIGNS = [
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

export function drawSitting(draw: Draw, streamId: string): Sitting {
  const videoKey = pick(draw, VIDEOS)
  const language = draw(0, 3) === 0 ? {} : { targetLanguage: pick(draw, LANGUAGES) }
  let atMs = pick(draw, MOMENTS) + draw(0, 12 * HOUR_MS)
  let offsetMin = pick(draw, OFFSETS)
  const happenings: Happening[] = [
    { type: 'session.started', atMs, offsetMin, measures: { sessions: 1 }, payload: { videoKey, ...language } },
  ]
  for (let left = draw(0, HAPPENINGS_MAX); left > 0; left--) {
    atMs += drawPauseMs(draw)
    // A traveller's clock changes in the middle of a session.
    if (draw(0, 8) === 8) offsetMin = pick(draw, OFFSETS)
    happenings.push({ ...drawDetail(draw), atMs, offsetMin })
  }
  if (draw(0, 1) === 1) {
    const payload = { reason: 'finished' }
    happenings.push({ type: 'session.ended', atMs: atMs + 1000, offsetMin, measures: {}, payload })
  }
  return { streamId, happenings }
}

/** Mostly seconds to minutes further on, sometimes to the next day, sometimes back: a clock that was set. */
function drawPauseMs(draw: Draw): number {
  const kind = draw(0, 10)
  if (kind < 6) return draw(0, 4 * MINUTE_MS)
  if (kind < 9) return draw(10 * MINUTE_MS, 5 * HOUR_MS)
  return kind === 9 ? draw(DAY_MS, 40 * DAY_MS) : draw(-2 * DAY_MS, 0)
}

type Detail = Pick<Happening, 'type' | 'measures' | 'payload'>

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
  const text = Array.from({ length: draw(0, 3) === 3 ? draw(0, TEXT_MAX_SIGNS) : draw(0, 8) }, () => pick(draw, SIGNS))
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
