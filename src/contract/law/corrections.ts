// Draws the learner's corrections. Each is the only event of its stream. Its target is a stream that is stored before it, after
// it or never, another correction, or one of the few videos of the sessions. It imports nothing of the product.

import {
  type Draw,
  drawStreamId,
  HOUR_MS,
  LANGUAGES,
  MOMENTS,
  maybe,
  OFFSETS,
  pick,
  pickWeighted,
  VIDEOS,
} from './draw.js'
import { type Detail, type DrawnEvent, type DrawnStream, detail } from './sessions.js'

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
    const correction = pickWeighted(draw, CORRECTIONS)(draw, { ids, left })
    return { streamId, events: [{ ...correction, atMs, offsetMin: pick(draw, OFFSETS) }] }
  })
}

const CORRECTIONS: readonly (readonly [weight: number, drawCorrection: (draw: Draw, targets: Targets) => Detail])[] = [
  [2, (draw, { ids }) => detail('stream.discarded', {}, { targetStreamId: pick(draw, ids) })],
  [1, (draw, { ids }) => detail('stream.restored', {}, { targetStreamId: pick(draw, ids) })],
  [1, (draw, { ids }) => detail('stream.erased', {}, { targetStreamId: pick(draw, ids) })],
  [1, drawSessionAdjusted],
  [1, drawVideoAdjusted],
  [1, (draw) => detail('video.renamed', {}, { videoKey: pick(draw, VIDEOS), ...drawNames(draw) })],
  // Any two keys, which may be equal. With few keys, merges often form chains and cycles.
  [2, (draw) => detail('video.merged', {}, { videoKey: pick(draw, VIDEOS), intoVideoKey: pick(draw, VIDEOS) })],
]

/** Takes off at most the sum of the session, though perhaps in another quarter hour, and from events that never arrive. */
function drawSessionAdjusted(draw: Draw, { ids, left }: Targets): Detail {
  const targetStreamId = pick(draw, ids)
  const held = left.get(targetStreamId) ?? new Map<string, number>()
  const measures: Record<string, number> = {}
  for (const [name, value] of held) {
    if (draw(0, 1) === 1) continue
    measures[name] = 0 - draw(0, value)
    held.set(name, value + measures[name])
  }
  const adjusted = { ...measures, cards: (measures.cards ?? 0) + draw(0, 2) }
  const payload = { targetStreamId, countedAtMs: drawCountedAtMs(draw), ...drawLanguage(draw) }
  return detail('session.adjusted', adjusted, payload)
}

function drawVideoAdjusted(draw: Draw): Detail {
  const countedAtMs = drawCountedAtMs(draw)
  const date = new Date(countedAtMs).toISOString().slice(0, 10)
  const measures = { activeMs: draw(0, 2) * HOUR_MS, lines: draw(0, 20) }
  return detail('session.adjusted', measures, {
    videoKey: pick(draw, VIDEOS),
    date,
    countedAtMs,
    ...drawLanguage(draw),
  })
}

function drawNames(draw: Draw): Readonly<Record<string, unknown>> {
  const title = draw(0, 2) > 0 ? { title: pick(draw, ['Mine', 'わたしの']) } : {}
  return { ...title, ...maybe(draw, () => ({ episode: draw(1, 9) })) }
}

function drawLanguage(draw: Draw): Readonly<Record<string, unknown>> {
  return maybe(draw, () => ({ targetLanguage: pick(draw, LANGUAGES) }))
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
