// Draws the learner's corrections. Each is the only event of its stream. Its target is a stream that is stored before it, after
// it or never, another correction, or one of the few videos of the sessions. It imports nothing of the product.

import { type Draw, drawStreamId, HOUR_MS, LANGUAGES, MOMENTS, OFFSETS, pick, VIDEOS } from './draw.js'
import type { DrawnEvent, DrawnStream } from './sessions.js'

const CORRECTIONS_MAX = 7
/** Few, so that corrections often share a moment, and only their streams order them. */
const CORRECTION_MOMENTS = 4
const CORRECTIONS_AFTER_MS = Date.UTC(2026, 9, 1)
/** No event of this stream is ever stored. */
const NEVER_STORED = '00000000-0000-4000-8000-0000000000ff'

interface Targets {
  /** Ids of the learner's streams; sessions occur more often. */
  readonly ids: readonly string[]
  /** By stream and measure: the sum that adjustments have not taken off yet. */
  readonly left: Map<string, Map<string, number>>
}

type Correction = Pick<DrawnEvent, 'type' | 'measures' | 'payload'>

export function drawCorrections(draw: Draw, sessions: readonly DrawnStream[]): readonly DrawnStream[] {
  const correctionIds = Array.from({ length: draw(0, CORRECTIONS_MAX) }, (_, index) =>
    drawStreamId(draw, sessions.length + index),
  )
  const sessionIds = sessions.map(({ streamId }) => streamId)
  // Sessions twice, because most corrections should be about them.
  const ids = [...sessionIds, ...sessionIds, ...correctionIds, NEVER_STORED]
  const left = new Map(sessions.map(({ streamId, events }) => [streamId, sumsOf(events)]))
  return correctionIds.map((streamId) => {
    const atMs = CORRECTIONS_AFTER_MS + draw(1, CORRECTION_MOMENTS)
    return { streamId, events: [{ ...drawCorrection(draw, { ids, left }), atMs, offsetMin: pick(draw, OFFSETS) }] }
  })
}

function drawCorrection(draw: Draw, targets: Targets): Correction {
  switch (draw(0, 8)) {
    case 0:
    case 1:
      return { type: 'stream.discarded', measures: {}, payload: { targetStreamId: pick(draw, targets.ids) } }
    case 2:
      return { type: 'stream.restored', measures: {}, payload: { targetStreamId: pick(draw, targets.ids) } }
    case 3:
      return { type: 'stream.erased', measures: {}, payload: { targetStreamId: pick(draw, targets.ids) } }
    case 4:
      return drawSessionAdjusted(draw, targets)
    case 5:
      return drawVideoAdjusted(draw)
    case 6:
      return { type: 'video.renamed', measures: {}, payload: { videoKey: pick(draw, VIDEOS), ...drawNames(draw) } }
    default:
      return drawMerged(draw)
  }
}

/** Takes off at most the sum of the session, though perhaps in another quarter hour, and from events that never arrive. */
function drawSessionAdjusted(draw: Draw, { ids, left }: Targets): Correction {
  const targetStreamId = pick(draw, ids)
  const held = left.get(targetStreamId) ?? new Map<string, number>()
  const measures: Record<string, number> = {}
  for (const [name, value] of held) {
    if (draw(0, 1) === 1) continue
    measures[name] = 0 - draw(0, value)
    held.set(name, value + measures[name])
  }
  return {
    type: 'session.adjusted',
    measures: { ...measures, cards: (measures.cards ?? 0) + draw(0, 2) },
    payload: { targetStreamId, countedAtMs: drawCountedAtMs(draw), ...drawLanguage(draw) },
  }
}

function drawVideoAdjusted(draw: Draw): Correction {
  const countedAtMs = drawCountedAtMs(draw)
  const date = new Date(countedAtMs).toISOString().slice(0, 10)
  return {
    type: 'session.adjusted',
    measures: { activeMs: draw(0, 2) * HOUR_MS, lines: draw(0, 20) },
    payload: { videoKey: pick(draw, VIDEOS), date, countedAtMs, ...drawLanguage(draw) },
  }
}

/** Any two keys, which may be equal. With few keys, merges often form chains and cycles. */
function drawMerged(draw: Draw): Correction {
  const payload = { videoKey: pick(draw, VIDEOS), intoVideoKey: pick(draw, VIDEOS) }
  return { type: 'video.merged', measures: {}, payload }
}

function drawNames(draw: Draw): Readonly<Record<string, unknown>> {
  const title = draw(0, 2) > 0 ? { title: pick(draw, ['Mine', 'わたしの']) } : {}
  return draw(0, 1) === 1 ? { ...title, episode: draw(1, 9) } : title
}

function drawLanguage(draw: Draw): { readonly targetLanguage?: string } {
  return draw(0, 1) === 1 ? { targetLanguage: pick(draw, LANGUAGES) } : {}
}

function drawCountedAtMs(draw: Draw): number {
  return pick(draw, MOMENTS) + draw(0, 12 * HOUR_MS)
}

function sumsOf(events: readonly DrawnEvent[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { measures } of events) {
    for (const [name, value] of Object.entries(measures)) sums.set(name, (sums.get(name) ?? 0) + value)
  }
  return sums
}
