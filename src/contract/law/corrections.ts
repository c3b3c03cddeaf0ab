// The learner's commands of a history: each is the one happening of a stream of its own, about streams that are told before
// it, after it, never, or are commands themselves, and about the few videos that sittings name. It imports nothing of the
// product.

import { type Draw, drawStreamId, HOUR_MS, LANGUAGES, MOMENTS, OFFSETS, pick, VIDEOS } from './draw.js'
import type { Happening, Sitting } from './sessions.js'

const COMMANDS_MAX = 7
/** Few, so that commands are often of the same moment, and only their streams order them. */
const MOMENTS_OF_COMMANDS = 4
const COMMANDS_FROM_MS = Date.UTC(2026, 9, 1)
/** Nothing of this stream is ever told. */
const NEVER_TOLD = '00000000-0000-4000-8000-0000000000ff'

/** What can be said of a stream or a video, `ids` being those of all streams of the learner. */
interface Sayable {
  readonly ids: readonly string[]
  /** By stream and measure: how much of it there is that has not been taken off yet. */
  readonly left: Map<string, Map<string, number>>
}

type Said = Pick<Happening, 'type' | 'measures' | 'payload'>

export function drawCommands(draw: Draw, sittings: readonly Sitting[]): readonly Sitting[] {
  const correctionIds = Array.from({ length: draw(0, COMMANDS_MAX) }, (_, index) =>
    drawStreamId(draw, sittings.length + index),
  )
  const sittingIds = sittings.map(({ streamId }) => streamId)
  // Sittings twice: most commands are about them.
  const ids = [...sittingIds, ...sittingIds, ...correctionIds, NEVER_TOLD]
  const left = new Map(sittings.map(({ streamId, happenings }) => [streamId, sumsOf(happenings)]))
  return correctionIds.map((streamId) => {
    const atMs = COMMANDS_FROM_MS + draw(1, MOMENTS_OF_COMMANDS)
    return { streamId, happenings: [{ ...drawSaid(draw, { ids, left }), atMs, offsetMin: pick(draw, OFFSETS) }] }
  })
}

function drawSaid(draw: Draw, sayable: Sayable): Said {
  switch (draw(0, 8)) {
    case 0:
    case 1:
      return { type: 'stream.discarded', measures: {}, payload: { targetStreamId: pick(draw, sayable.ids) } }
    case 2:
      return { type: 'stream.restored', measures: {}, payload: { targetStreamId: pick(draw, sayable.ids) } }
    case 3:
      return { type: 'stream.erased', measures: {}, payload: { targetStreamId: pick(draw, sayable.ids) } }
    case 4:
      return drawSessionAdjusted(draw, sayable)
    case 5:
      return drawVideoAdjusted(draw)
    case 6:
      return { type: 'video.renamed', measures: {}, payload: { videoKey: pick(draw, VIDEOS), ...drawNames(draw) } }
    default:
      return drawMerged(draw)
  }
}

/** Takes off at most what the session has in all; in which quarter hour is another matter, and so is what ever arrives. */
function drawSessionAdjusted(draw: Draw, { ids, left }: Sayable): Said {
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

function drawVideoAdjusted(draw: Draw): Said {
  const countedAtMs = drawCountedAtMs(draw)
  const date = new Date(countedAtMs).toISOString().slice(0, 10)
  return {
    type: 'session.adjusted',
    measures: { activeMs: draw(0, 2) * HOUR_MS, lines: draw(0, 20) },
    payload: { videoKey: pick(draw, VIDEOS), date, countedAtMs, ...drawLanguage(draw) },
  }
}

/** Any two keys, one and the same among them: chains and rings come up by themselves. */
function drawMerged(draw: Draw): Said {
  return {
    type: 'video.merged',
    measures: {},
    payload: { videoKey: pick(draw, VIDEOS), intoVideoKey: pick(draw, VIDEOS) },
  }
}

function drawNames(draw: Draw): Readonly<Record<string, unknown>> {
  return {
    ...(draw(0, 2) > 0 ? { title: pick(draw, ['Mine', 'わたしの']) } : {}),
    ...(draw(0, 1) === 1 ? { episode: draw(1, 9) } : {}),
  }
}

function drawLanguage(draw: Draw): { readonly targetLanguage?: string } {
  return draw(0, 1) === 1 ? { targetLanguage: pick(draw, LANGUAGES) } : {}
}

function drawCountedAtMs(draw: Draw): number {
  return pick(draw, MOMENTS) + draw(0, 12 * HOUR_MS)
}

function sumsOf(happenings: readonly Happening[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { measures } of happenings) {
    for (const [name, value] of Object.entries(measures)) sums.set(name, (sums.get(name) ?? 0) + value)
  }
  return sums
}
