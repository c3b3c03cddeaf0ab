// Records the learner's corrections: each becomes an event in a stream of its own, which is appended like any other. Lists
// them, newest first. Called by the engine. A request carries the id of its correction, so sending it twice records it once.

import type { Appender } from '../append/append.js'
import type { WallClock } from '../events/clock.js'
import { encodeEvent } from '../events/codec.js'
import { addSums, sparseOf, zeroSums } from '../events/measures.js'
import type { NewEvent } from '../events/types.js'
import { checkTrackingEvent } from '../events/validation.js'
import {
  type Correction,
  decidesVisibility,
  readStandingCorrections,
  type StandingCorrections,
} from '../ledger/standing-corrections.js'
import type { CorrectionAnswer, CorrectionRequest, Corrections } from '../ports/correction-types.js'
import type { LogSnapshot } from '../ports/event-log.js'
import { type PlannedCorrection, partIdOf } from './correction-parts.js'
import { checkRequest, planCorrections } from './plan-corrections.js'

/** INVALID_ARGUMENT for a request that is not as typed, before anything is read. */
export async function recordCorrection(
  appender: Appender,
  clock: WallClock,
  request: CorrectionRequest,
): Promise<CorrectionAnswer> {
  checkRequest(request)
  let correctionIds: readonly string[] = []
  // Planned under the lock, because two programs may subtract the same sum at once.
  const { asOfRevision } = await appender.appendPlanned(async (snapshot) => {
    const corrections = await readStandingCorrections(snapshot)
    const [recorded] = await snapshot.streams({ streamIds: [request.correctionId] })
    const planned = recorded === undefined ? await planCorrections({ snapshot, corrections, clock }, request) : []
    correctionIds = planned.map((_, index) => partIdOf(request.correctionId, index))
    return planned.map((one, index) => eventOf(one, correctionIds[index] as string, corrections, clock))
  })
  return { correctionIds, asOfRevision }
}

/** The event's time serves only to order it: the later of now and one past the latest correction of the same target. */
function eventOf(
  { type, payload, measures = {}, utcOffsetMin }: PlannedCorrection,
  streamId: string,
  { all }: StandingCorrections,
  clock: WallClock,
): NewEvent {
  const nowMs = clock.nowMs()
  const sameTarget = all.filter((correction) => hasSameTarget(correction.payload, payload))
  const occurredAtMs = sameTarget.reduce((latest, one) => Math.max(latest, one.occurredAtMs + 1), nowMs)
  const event = {
    streamId,
    type,
    occurredAtMs,
    utcOffsetMin: utcOffsetMin ?? clock.utcOffsetMin(nowMs),
    measures,
    payload,
  }
  return encodeEvent(checkTrackingEvent(event), 1).event
}

function hasSameTarget(left: Correction['payload'], right: Correction['payload']): boolean {
  if (right.targetStreamId !== undefined) return left.targetStreamId === right.targetStreamId
  return left.videoKey === right.videoKey
}

export async function listCorrections(snapshot: LogSnapshot): ReturnType<Corrections['list']> {
  const { revision } = await snapshot.head()
  const { all, isVisible } = await readStandingCorrections(snapshot)
  const sums = new Map(all.map(({ stream }) => [stream, zeroSums()]))
  const ledger = all.length === 0 ? [] : await snapshot.ledger({ streams: [...sums.keys()] })
  for (const { stream, measures } of ledger) addSums(sums.get(stream) ?? zeroSums(), measures)
  const corrections = all.toReversed().map(({ streamId, stream, type, occurredAtMs, payload }) => ({
    correctionId: streamId,
    type,
    occurredAtMs,
    names: payload,
    measures: sparseOf(sums.get(stream) ?? zeroSums()),
    state: isVisible(streamId) || decidesVisibility(type) ? ('counts' as const) : ('discarded' as const),
  }))
  return { corrections, asOfRevision: revision }
}
